/// Why a pattern cannot be used.
struct RegexError: Error, Hashable, Sendable {
    /// What is wrong, as a sentence.
    let reason: String
}

/// Reads a pattern in Oniguruma's dialect, which Hugging Face's tokenizers use, into a tree.
///
/// What that engine refuses is refused here too, and what it does beyond this engine (recursion,
/// conditions, absent patterns, callouts, text segments) is refused by name.
struct RegexParser {
    let scalars: [Unicode.Scalar]
    var index = 0
    var groups = RegexGroups()
    private var depth = 0

    /// How deep groups may be nested.
    private static let deepest = 100
    /// The most that a repetition's bounds may say.
    private static let mostRepetitions = 100_000

    init(_ pattern: String) {
        scalars = Array(pattern.unicodeScalars)
    }

    /// The tree of a whole pattern.
    static func parse(_ pattern: String) throws(RegexError) -> RegexNode {
        var parser = RegexParser(pattern)
        parser.groups = RegexGroups(in: parser.scalars)
        let node = try parser.alternatives(RegexOptions())
        guard parser.index == parser.scalars.count else {
            throw RegexError(reason: "A parenthesis is closed that was not opened.")
        }
        return node
    }

    // MARK: Scalars

    var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    func isNext(_ text: String) -> Bool {
        scalars[index...].starts(with: text.unicodeScalars)
    }

    mutating func take(_ text: String) -> Bool {
        guard isNext(text) else { return false }
        index += text.unicodeScalars.count
        return true
    }

    mutating func takeScalar() -> Unicode.Scalar? {
        guard let next else { return nil }
        index += 1
        return next
    }

    // MARK: Alternatives, sequences, repetitions

    mutating func alternatives(_ options: RegexOptions) throws(RegexError) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw RegexError(reason: "Its groups are nested more than \(Self.deepest) deep.")
        }
        var found = [try sequence(options)]
        while take("|") { found.append(try sequence(options)) }
        return found.count == 1 ? found[0] : .alternatives(found)
    }

    private mutating func sequence(_ options: RegexOptions) throws(RegexError) -> RegexNode {
        var parts: [RegexNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            if options.isExtended, skipExtended() { continue }
            if try skipComment() { continue }
            if let changed = try isolatedOptions(options) {
                // They hold to the end of the group, and take its further alternatives along.
                parts.append(try alternatives(changed))
                break
            }
            var node = try atom(options)
            while let repeated = try repetition(of: node, options) { node = repeated }
            parts.append(node)
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func skipComment() throws(RegexError) -> Bool {
        guard take("(?#") else { return false }
        while let scalar = takeScalar() {
            if scalar == "\\" { index += 1 } else if scalar == ")" { return true }
        }
        throw RegexError(reason: "A comment (?# does not end.")
    }

    private mutating func skipExtended() -> Bool {
        guard let scalar = next else { return false }
        if scalar == "#" {
            while let scalar = takeScalar(), scalar != "\n" {}
            return true
        }
        guard [" ", "\t", "\n", "\u{B}", "\u{C}", "\r"].contains(scalar) else { return false }
        index += 1
        return true
    }

    private mutating func repetition(
        of node: RegexNode, _ options: RegexOptions
    ) throws(RegexError) -> RegexNode? {
        if options.isExtended { while skipExtended() {} }
        var (minimum, maximum): (Int, Int?) = (0, nil)
        var greed = RegexGreed.greedy
        switch next {
        case "*": index += 1
        case "+": (index, minimum) = (index + 1, 1)
        case "?": (index, maximum) = (index + 1, 1)
        case "{":
            guard let bounds = try interval() else { return nil }
            (minimum, maximum) = (bounds.minimum, bounds.maximum)
            if let most = maximum, minimum > most {
                // {n,m} with n above m repeats m to n times and gives nothing back.
                (minimum, maximum, greed) = (most, minimum, .possessive)
            } else if take("?") {
                // {n}? is an {n} that may be missing, not a lazy one.
                guard !bounds.isFixed else {
                    return .repetition(
                        try repeating(node, minimum, maximum, .greedy), minimum: 0, maximum: 1,
                        .greedy)
                }
                greed = .lazy
            }
            return try repeating(node, minimum, maximum, greed)
        default: return nil
        }
        if take("?") { greed = .lazy } else if take("+") { greed = .possessive }
        return try repeating(node, minimum, maximum, greed)
    }

    private func repeating(
        _ node: RegexNode, _ minimum: Int, _ maximum: Int?, _ greed: RegexGreed
    ) throws(RegexError) -> RegexNode {
        switch node {
        case .anchor, .lookAhead, .lookBehind:
            throw RegexError(
                reason: "A place in the text (^, $, \\b, look-around) cannot be repeated.")
        default: break
        }
        return .repetition(node, minimum: minimum, maximum: maximum, greed)
    }

    /// `{n}`, `{n,}`, `{,m}` or `{n,m}`; anything else that begins with a brace is text.
    private mutating func interval() throws(RegexError) -> (
        minimum: Int, maximum: Int?, isFixed: Bool
    )? {
        let start = index
        index += 1
        let minimum = try number()
        if take("}"), let minimum { return (minimum, minimum, true) }
        guard take(",") else {
            index = start
            return nil
        }
        let maximum = try number()
        guard take("}"), minimum != nil || maximum != nil else {
            index = start
            return nil
        }
        return (minimum ?? 0, maximum, false)
    }

    /// A decimal number, if one begins here.
    mutating func number() throws(RegexError) -> Int? {
        var result: Int?
        while let digit = next.flatMap({ Character($0).wholeNumberValue }), next!.isASCII {
            index += 1
            result = (result ?? 0) * 10 + digit
            guard result! <= Self.mostRepetitions else {
                throw RegexError(
                    reason: "A number is more than \(Self.mostRepetitions.groupedDigits).")
            }
        }
        return result
    }

    // MARK: Atoms

    private mutating func atom(_ options: RegexOptions) throws(RegexError) -> RegexNode {
        guard let scalar = takeScalar() else { return .empty }
        switch scalar {
        case ".": return .set(options.dotMatchesNewline ? .all : ScalarSet.newline.inverted)
        case "^": return .anchor(.lineStart)
        case "$": return .anchor(.lineEnd)
        case "[": return .set(try bracket(options))
        case "(": return try group(options)
        case "\\": return try escape(options)
        case "*", "+", "?":
            throw RegexError(
                reason: "There is nothing before the \(scalar) that it could repeat.")
        default: return .character(scalar.value, ignoresCase: options.ignoresCase)
        }
    }
}

/// What `(?imx)` says.
struct RegexOptions: Hashable, Sendable {
    /// `i`
    var ignoresCase = false
    /// `m`: in this dialect it is the dot that changes, never `^` and `$`.
    var dotMatchesNewline = false
    /// `x`: white space in the pattern means nothing.
    var isExtended = false
}
