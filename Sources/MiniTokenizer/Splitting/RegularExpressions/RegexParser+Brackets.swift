extension RegexParser {
    /// A class `[…]`, after its opening bracket: scalars, ranges, escapes, nested classes, POSIX
    /// brackets, and `&&` for what two classes have in common.
    mutating func bracket(_ options: RegexOptions, depth: Int = 0) throws(RegexError) -> ScalarSet {
        guard depth < 50 else { throw RegexError(reason: "Its brackets are nested too deep.") }
        let isNegative = take("^")
        var set = ScalarSet.empty
        var common: ScalarSet?
        var isEmpty = true
        // A closing bracket at the start stands for itself, if there is another one.
        if next == "]", scalars[(index + 1)...].contains("]") {
            index += 1
            set = ScalarSet("]")
            isEmpty = false
        }
        while true {
            guard next != nil else { throw RegexError(reason: "A bracket [ is not closed.") }
            if take("]") { break }
            if take("&&") {
                common = common?.intersection(set) ?? set
                (set, isEmpty) = (.empty, false)
                continue
            }
            set = set.union(try bracketItem(options, depth))
            isEmpty = false
        }
        guard !isEmpty else { throw RegexError(reason: "A class [] is empty.") }
        var result = common?.intersection(set) ?? set
        if options.ignoresCase { result = result.ignoringCase }
        return isNegative ? result.inverted : result
    }

    private mutating func bracketItem(
        _ options: RegexOptions, _ depth: Int
    ) throws(RegexError) -> ScalarSet {
        if isNext("[:"), let set = try posixBracket() { return set }
        if take("[") { return try bracket(options, depth: depth + 1) }
        let isEscaped = take("\\")
        if isEscaped, let set = try escapedSet(inBrackets: true) {
            guard !isNext("-") || isNext("-]") else {
                throw RegexError(reason: "A range cannot begin with a class.")
            }
            return set
        }
        let first = isEscaped ? try bracketEscape() : try plainScalar()
        guard isNext("-"), !isNext("-]"), !isNext("-&&") else { return ScalarSet(first...first) }
        index += 1
        guard next != "[" else {
            throw RegexError(reason: "A range cannot end with a class.")
        }
        let last: UInt32
        if take("\\") {
            guard try escapedSet() == nil else {
                throw RegexError(reason: "A range cannot end with a class.")
            }
            last = try bracketEscape()
        } else {
            last = try plainScalar()
        }
        guard first <= last else { throw RegexError(reason: "A range in a class is empty.") }
        return ScalarSet(first...last)
    }

    private mutating func plainScalar() throws(RegexError) -> UInt32 {
        guard let scalar = takeScalar() else {
            throw RegexError(reason: "A bracket [ is not closed.")
        }
        return scalar.value
    }

    private mutating func bracketEscape() throws(RegexError) -> UInt32 {
        // Only in brackets, \b is the backspace.
        take("b") ? 0x08 : try escapedScalar()
    }

    /// `[:name:]` or `[:^name:]`; `nil` if there is no such end, so that the bracket is a class.
    private mutating func posixBracket() throws(RegexError) -> ScalarSet? {
        let rest = scalars[(index + 2)...].prefix(20)
        guard let colon = rest.firstIndex(of: ":"), colon + 1 < scalars.count,
            scalars[colon + 1] == "]"
        else { return nil }
        var name = String(String.UnicodeScalarView(scalars[(index + 2)..<colon]))
        let isNegative = name.hasPrefix("^")
        if isNegative { name.removeFirst() }
        guard let set = ScalarSet.posixBracket(name) else {
            throw RegexError(reason: "There is no class [:\(name):].")
        }
        index = colon + 2
        return isNegative ? set.inverted : set
    }
}
