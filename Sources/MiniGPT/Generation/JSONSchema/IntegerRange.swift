/// The whole numbers of a range, as grammar expressions.
enum IntegerRange {
    /// Numbers from `least` to `most`; `nil` for no bound (but at most 16 digits).
    static func expression(least: Int?, most: Int?) -> GrammarExpression? {
        let limit = 9_999_999_999_999_999
        let (low, high) = (max(least ?? -limit, -limit), min(most ?? limit, limit))
        guard low <= high else { return nil }
        var alternatives: [GrammarExpression] = []
        if low < 0 {
            let negative = digits(from: max(1, -min(high, -1)), to: -low)
            alternatives.append(.sequence([.text("-"), negative]))
        }
        if high >= 0 { alternatives.append(digits(from: max(0, low), to: high)) }
        return .choice(alternatives)
    }

    /// Numbers without sign, by the number of their digits.
    private static func digits(from low: Int, to high: Int) -> GrammarExpression {
        var alternatives: [GrammarExpression] = []
        var power = 1
        for _ in 1...16 {
            let first = max(low, power == 1 ? 0 : power)
            let last = min(high, power * 10 - 1)
            if first <= last {
                alternatives.append(
                    sameLength(Array(String(first).utf8), Array(String(last).utf8)))
            }
            power *= 10
        }
        return .choice(alternatives)
    }

    /// Numbers between two of the same number of digits, digit by digit.
    private static func sameLength(_ low: [UInt8], _ high: [UInt8]) -> GrammarExpression {
        guard let first = low.first, let last = high.first else { return .nothing }
        let rest = low.count - 1
        if first == last {
            return .sequence([
                .bytes([first]), sameLength(Array(low.dropFirst()), Array(high.dropFirst())),
            ])
        }
        let nines = Array(repeating: UInt8(ascii: "9"), count: rest)
        let zeros = Array(repeating: UInt8(ascii: "0"), count: rest)
        var alternatives: [GrammarExpression] = []
        var (from, to) = (first, last)
        if Array(low.dropFirst()) != zeros {
            alternatives.append(
                .sequence([.bytes([first]), sameLength(Array(low.dropFirst()), nines)]))
            from += 1
        }
        if Array(high.dropFirst()) != nines {
            alternatives.append(
                .sequence([.bytes([last]), sameLength(zeros, Array(high.dropFirst()))]))
            to -= 1
        }
        if from <= to {
            alternatives.append(
                .sequence([
                    .characters(in: [UInt32(from)...UInt32(to)]),
                    JSONVocabulary.digits(rest, rest),
                ]))
        }
        return .choice(alternatives)
    }
}
