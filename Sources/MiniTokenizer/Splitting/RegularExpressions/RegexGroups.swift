/// The groups of a pattern, found before it is parsed, since references may come before their group.
struct RegexGroups: Sendable {
    /// How many groups are counted: the plain ones, or the named ones if there are any.
    private(set) var count = 0
    /// The numbers of the groups of each name.
    private(set) var named: [String: [Int]] = [:]
    /// How many groups the parser has entered so far.
    var entered = 0

    init() {}

    init(in scalars: [Unicode.Scalar]) {
        var (plain, names): (Int, [String]) = (0, [])
        var index = 0
        var brackets = 0
        while index < scalars.count {
            switch scalars[index] {
            case "\\": index += 1
            case "[": brackets += 1
            case "]": brackets = max(0, brackets - 1)
            case "(" where brackets == 0:
                let rest = String(String.UnicodeScalarView(scalars[(index + 1)...].prefix(200)))
                if let name = Self.name(in: rest) {
                    names.append(name)
                } else if !rest.hasPrefix("?") && !rest.hasPrefix("*") {
                    plain += 1
                }
            default: break
            }
            index += 1
        }
        count = names.isEmpty ? plain : names.count
        for (index, name) in names.enumerated() { named[name, default: []].append(index + 1) }
    }

    /// The name in `?<name>` or `?'name'` at the start of a text.
    static func name(in text: String) -> String? {
        guard text.hasPrefix("?<") || text.hasPrefix("?'") else { return nil }
        let end: Character = text.hasPrefix("?<") ? ">" : "'"
        let name = text.dropFirst(2).prefix { $0 != end }
        guard let first = name.first, first.isLetter || first == "_",
            name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }),
            text.dropFirst(2 + name.count).first == end
        else { return nil }
        return String(name)
    }
}

extension RegexParser {
    /// A group, after its opening parenthesis.
    mutating func group(_ options: RegexOptions) throws(RegexError) -> RegexNode {
        if isNext("*") { throw RegexError(reason: "Callouts such as (*FAIL) are not supported.") }
        guard isNext("?") else {
            // With named groups, plain ones only group.
            guard groups.named.isEmpty else { return try body(options) }
            groups.entered += 1
            return .capture(try body(options), index: groups.entered)
        }
        let rest = String(String.UnicodeScalarView(scalars[index...].prefix(200)))
        if let name = RegexGroups.name(in: rest) {
            index += name.unicodeScalars.count + 3
            groups.entered += 1
            return .capture(try body(options), index: groups.entered)
        }
        if take("?:") { return try body(options) }
        if take("?>") { return .atomic(try body(options)) }
        if take("?=") { return .lookAhead(try body(options), isNegative: false) }
        if take("?!") { return .lookAhead(try body(options), isNegative: true) }
        if take("?<=") { return try lookBehind(options, isNegative: false) }
        if take("?<!") { return try lookBehind(options, isNegative: true) }
        index += 1
        if let changed = try optionLetters(options) {
            guard take(":") else { throw RegexError(reason: "The options after (? do not end.") }
            return try body(changed)
        }
        let what =
            switch next {
            case "~": "Absent patterns (?~…)"
            case "(": "Conditions (?(…)…)"
            case "{": "Callouts (?{…})"
            default: "This kind of group, (?\(next.map { String($0) } ?? ""),"
            }
        throw RegexError(reason: "\(what) are not supported.")
    }

    private mutating func body(_ options: RegexOptions) throws(RegexError) -> RegexNode {
        let node = try alternatives(options)
        guard take(")") else { throw RegexError(reason: "A parenthesis is not closed.") }
        return node
    }

    private mutating func lookBehind(
        _ options: RegexOptions, isNegative: Bool
    ) throws(RegexError) -> RegexNode {
        let body = try body(options)
        guard !body.contains(where: { if case .lookAhead = $0 { true } else { false } }) else {
            throw RegexError(reason: "A look-ahead cannot stand in a look-behind.")
        }
        let captures = body.contains { if case .capture = $0 { true } else { false } }
        guard !isNegative || !captures else {
            throw RegexError(reason: "A capturing group cannot stand in a negative look-behind.")
        }
        return .lookBehind(body, isNegative: isNegative)
    }

    /// `(?imx-imx)`, which holds to the end of the group, or `nil` if no such thing begins here.
    mutating func isolatedOptions(_ options: RegexOptions) throws(RegexError) -> RegexOptions? {
        let start = index
        guard take("(?"), let changed = try optionLetters(options), take(")") else {
            index = start
            return nil
        }
        return changed
    }

    /// The letters of options with their signs, or `nil` if there are none.
    private mutating func optionLetters(
        _ options: RegexOptions
    ) throws(RegexError) -> RegexOptions? {
        var changed = options
        var isOn = true
        let start = index
        while let letter = next, letter != ":", letter != ")" {
            switch letter {
            case "-": isOn = false
            case "i": changed.ignoresCase = isOn
            case "m": changed.dotMatchesNewline = isOn
            case "x": changed.isExtended = isOn
            case "s":
                throw RegexError(
                    reason: "The option s is unknown to Hugging Face's engine; there, m lets the "
                        + "dot match line feeds.")
            default:
                guard index > start else { return nil }
                throw RegexError(reason: "The option \(letter) is not supported.")
            }
            index += 1
        }
        return index > start ? changed : nil
    }
}

extension RegexNode {
    /// Whether it or a part of it is of a kind.
    func contains(where isKind: (RegexNode) -> Bool) -> Bool {
        if isKind(self) { return true }
        switch self {
        case .sequence(let parts), .alternatives(let parts):
            return parts.contains { $0.contains(where: isKind) }
        case .repetition(let body, _, _, _), .capture(let body, _), .atomic(let body),
            .lookAhead(let body, _), .lookBehind(let body, _):
            return body.contains(where: isKind)
        case .empty, .set, .character, .backReference, .anchor: return false
        }
    }
}
