/// What a rule says, as it was written.
indirect enum GrammarExpression: Equatable, Sendable {
    /// Exactly these bytes.
    case bytes([UInt8])
    /// One of these characters; the ranges are sorted and apart.
    case characters([ClosedRange<UInt32>])
    /// What another rule says.
    case rule(Int)
    /// One after the other.
    case sequence([GrammarExpression])
    /// One of them.
    case choice([GrammarExpression])
    /// So many times; `nil` for without end.
    case repetition(GrammarExpression, least: Int, most: Int?)

    static func text(_ text: String) -> GrammarExpression { .bytes(Array(text.utf8)) }
    static let nothing = GrammarExpression.sequence([])

    var optional: GrammarExpression { .repetition(self, least: 0, most: 1) }

    /// One of the characters in these ranges, or one of none of them.
    static func characters(
        in ranges: [ClosedRange<UInt32>], isNegated: Bool = false
    ) -> GrammarExpression {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound &+ 1 {
                merged[merged.count - 1] =
                    last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        guard isNegated else { return .characters(merged) }
        var others: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in merged {
            if range.lowerBound > next { others.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { others.append(next...0x10FFFF) }
        return .characters(others)
    }
}

/// Rules by name, as they are found.
struct GrammarDraft {
    private(set) var names: [String] = []
    private var indices: [String: Int] = [:]
    private(set) var rules: [GrammarExpression?] = []

    /// The number of a rule, which may be defined later.
    mutating func index(of name: String) -> Int {
        if let index = indices[name] { return index }
        let index = names.count
        indices[name] = index
        names.append(name)
        rules.append(nil)
        return index
    }

    mutating func define(_ index: Int, _ expression: GrammarExpression) {
        rules[index] = expression
    }

    mutating func define(_ name: String, _ expression: GrammarExpression) -> GrammarExpression {
        let index = index(of: name)
        rules[index] = expression
        return .rule(index)
    }

    func isDefined(_ index: Int) -> Bool { rules[index] != nil }
}
