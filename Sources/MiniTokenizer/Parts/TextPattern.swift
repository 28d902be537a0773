/// What a part looks for in a text: a text, or a regular expression.
struct TextPattern: Sendable {
    /// As it stands in a file.
    enum Spelling: Hashable, Sendable {
        case text(String)
        case expression(String)
    }

    let spelling: Spelling
    private let splitter: Splitter?
    private let literal: [UInt8]

    /// - Throws: ``TokenizerError/invalidOption(option:reason:)`` if the expression is none.
    init(_ spelling: Spelling) throws(TokenizerError) {
        self.spelling = spelling
        switch spelling {
        case .text(let text):
            literal = Array(text.utf8)
            splitter = nil
        case .expression(let pattern):
            literal = []
            splitter = try Splitter([SplittingRule(pattern: pattern)])
        }
    }

    /// A text.
    init(text: String) {
        spelling = .text(text)
        literal = Array(text.utf8)
        splitter = nil
    }

    /// Reads a member `{"String": …}`, `{"Regex": …}` or, in old files, a string.
    init(
        _ members: PartMembers, _ name: String = "pattern"
    ) throws(TokenizerError) {
        let spelling: Spelling
        let node = members.node[name] ?? .null
        if let pattern = node["Regex"]?.string {
            guard pattern != SplittingRule.gpt4PatternInTiktoken else {
                throw members.unsupported(
                    "tiktoken's spelling of GPT-4's rule means something else in Hugging Face's "
                        + "engine: {1,3}+ repeats there. Write {1,3}.")
            }
            spelling = .expression(pattern)
        } else if let text = node["String"]?.string ?? node.string {
            spelling = .text(text)
        } else {
            throw members.failure(name, expected: "a text or a regular expression")
        }
        do throws(TokenizerError) {
            try self.init(spelling)
        } catch {
            guard case .invalidOption(_, let reason) = error else { throw error }
            throw members.unsupported(reason)
        }
    }

    var value: PartValue {
        switch spelling {
        case .text(let text): .members([("String", .text(text))])
        case .expression(let pattern): .members([("Regex", .text(pattern))])
        }
    }

    /// The matches, among them such of no bytes, and what lies between them, in order; of an empty
    /// text one empty stretch.
    ///
    /// - Throws: ``TokenizerError/splittingFailed(pattern:reason:)`` when the expression takes too
    ///   many steps.
    func matches(
        in bytes: [UInt8]
    ) throws(TokenizerError) -> [(range: Range<Int>, isMatch: Bool)] {
        guard !bytes.isEmpty else { return [(0..<0, false)] }
        if let splitter {
            return try bytes.withPointer { (base, count) throws(TokenizerError) in
                try splitter.matches(in: base, 0..<count)
            }
        }
        // Hugging Face takes an empty text for no match at all.
        guard let first = literal.first else { return [(bytes.indices, false)] }
        var result: [(range: Range<Int>, isMatch: Bool)] = []
        var (last, index) = (0, 0)
        while index + literal.count <= bytes.count {
            guard bytes[index] == first, bytes[index...].starts(with: literal) else {
                index += 1
                continue
            }
            if index > last { result.append((last..<index, false)) }
            result.append((index..<index + literal.count, true))
            index += literal.count
            last = index
        }
        if last < bytes.count { result.append((last..<bytes.count, false)) }
        return result
    }
}

/// What becomes of the stretches that a pattern matches: Hugging Face's `SplitDelimiterBehavior`.
enum SplitBehavior: String, CaseIterable, Hashable, Sendable {
    /// They are left out.
    case removed = "Removed"
    /// Each is a piece.
    case isolated = "Isolated"
    /// Each goes with the piece before it.
    case mergedWithPrevious = "MergedWithPrevious"
    /// Each goes with the piece after it.
    case mergedWithNext = "MergedWithNext"
    /// Neighbours that all match, or that all do not, are one piece.
    case contiguous = "Contiguous"

    /// The pieces of a text by its matches, which cover it.
    func pieces(
        of matches: [(range: Range<Int>, isMatch: Bool)]
    ) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var previous = false
        switch self {
        case .removed: return matches.filter { !$0.isMatch }.map(\.range)
        case .isolated: return matches.map(\.range)
        case .contiguous:
            for (range, isMatch) in matches {
                if isMatch == previous, let last = result.last {
                    result[result.count - 1] = last.lowerBound..<range.upperBound
                } else {
                    result.append(range)
                }
                previous = isMatch
            }
        case .mergedWithPrevious:
            for (range, isMatch) in matches {
                if isMatch, !previous, let last = result.last {
                    result[result.count - 1] = last.lowerBound..<range.upperBound
                } else {
                    result.append(range)
                }
                previous = isMatch
            }
        case .mergedWithNext:
            for (range, isMatch) in matches.reversed() {
                if isMatch, !previous, let last = result.last {
                    result[result.count - 1] = range.lowerBound..<last.upperBound
                } else {
                    result.append(range)
                }
                previous = isMatch
            }
            result.reverse()
        }
        return result
    }
}

extension NormalizedText {
    /// The pieces by stretches that match or not, which cover the text. Empty ones are left out.
    func split(
        _ matches: [(range: Range<Int>, isMatch: Bool)], _ behavior: SplitBehavior
    ) -> [NormalizedText] {
        behavior.pieces(of: matches).filter { !$0.isEmpty }.map { slice($0) }
    }

    /// The pieces by characters that match, each of which is a stretch of its own.
    func split(
        _ behavior: SplitBehavior, where matches: (Unicode.Scalar) -> Bool
    ) -> [NormalizedText] {
        var stretches: [(range: Range<Int>, isMatch: Bool)] = []
        var last = 0
        forEachScalar { scalar, range in
            guard matches(scalar) else { return }
            if last < range.lowerBound { stretches.append((last..<range.lowerBound, false)) }
            stretches.append((range, true))
            last = range.upperBound
        }
        if last < bytes.count { stretches.append((last..<bytes.count, false)) }
        return split(stretches, behavior)
    }
}
