extension RegexParser {
    /// What a backslash, which has been read, and the characters after it mean outside brackets.
    mutating func escape(_ options: RegexOptions) throws(RegexError) -> RegexNode {
        guard let letter = next else { throw RegexError(reason: "It ends with a backslash.") }
        if let set = try escapedSet() { return .set(set) }
        if ("1"..."9").contains(letter), let node = try numberedReference() { return node }
        index += 1
        switch letter {
        case "A": return .anchor(.textStart)
        case "Z": return .anchor(.textEndOrLastNewline)
        case "z": return .anchor(.textEnd)
        case "b": return .anchor(.wordBoundary)
        case "B": return .anchor(.noWordBoundary)
        case "G": return .anchor(.searchStart)
        case "K": return .anchor(.keep)
        case "R":
            return .atomic(
                .alternatives([
                    .sequence([
                        .character(0x0D, ignoresCase: false), .character(0x0A, ignoresCase: false),
                    ]), .set(.lineEnd),
                ]))
        case "N": return .set(ScalarSet.newline.inverted)
        case "O": return .set(.all)
        case "X", "y", "Y":
            throw RegexError(reason: "Text segments (\\X, \\y, \\Y) are not supported.")
        case "g" where isNext("<") || isNext("'"):
            throw RegexError(reason: "Calls of groups (\\g<…>) are not supported.")
        case "k" where isNext("<") || isNext("'"): return try namedReference()
        default:
            index -= 1
            return .character(try escapedScalar(), ignoresCase: options.ignoresCase)
        }
    }

    /// `\d \w \s \h`, their opposites and properties, which mean the same in brackets; `nil` if it is
    /// something else.
    mutating func escapedSet(inBrackets: Bool = false) throws(RegexError) -> ScalarSet? {
        let word = inBrackets ? ScalarSet.bracketWord : .word
        let set: ScalarSet
        switch next {
        case "d": set = .digit
        case "D": set = ScalarSet.digit.inverted
        case "w": set = word
        case "W": set = word.inverted
        case "s": set = .space
        case "S": set = ScalarSet.space.inverted
        case "h": set = .hexadecimalDigit
        case "H": set = ScalarSet.hexadecimalDigit.inverted
        case "p", "P":
            guard isNext("p{") || isNext("P{") else { return nil }
            return try property()
        default: return nil
        }
        index += 1
        return set
    }

    private mutating func property() throws(RegexError) -> ScalarSet {
        var isNegative = next == "P"
        index += 2
        if take("^") { isNegative.toggle() }
        var name = ""
        while let scalar = takeScalar(), scalar != "}" { name.unicodeScalars.append(scalar) }
        guard scalars[index - 1] == "}", name.count <= 60, let set = ScalarSet.property(name) else {
            throw RegexError(
                reason: "The property \(name.prefix(60).debugDescription) is not known. General "
                    + "categories, binary properties and scripts are, without their kind: L, "
                    + "Alphabetic, Han.")
        }
        return isNegative ? set.inverted : set
    }

    /// The character of an escape that stands for one, after the backslash.
    mutating func escapedScalar() throws(RegexError) -> UInt32 {
        guard let letter = takeScalar() else {
            throw RegexError(reason: "It ends with a backslash.")
        }
        switch letter {
        case "t": return 0x09
        case "v": return 0x0B
        case "n": return 0x0A
        case "r": return 0x0D
        case "f": return 0x0C
        case "a": return 0x07
        case "e": return 0x1B
        case "x":
            if take("{") { return try code(radix: 16, digits: 1...8, closing: true) }
            guard next?.properties.isASCIIHexDigit == true else { return letter.value }
            return try byte(code(radix: 16, digits: 1...2, closing: false))
        case "u": return try code(radix: 16, digits: 4...4, closing: false)
        case "o" where take("{"): return try code(radix: 8, digits: 1...11, closing: true)
        case "0"..."7":
            index -= 1
            return try byte(code(radix: 8, digits: 1...3, closing: false))
        case "c": return try control()
        case "C" where take("-"): return try control()
        case "C", "M":
            throw RegexError(reason: "The escape \\\(letter) is not supported.")
        default: return letter.value
        }
    }

    private mutating func control() throws(RegexError) -> UInt32 {
        guard let letter = takeScalar(), letter.isASCII, letter != "\\" else {
            throw RegexError(reason: "A control character \\c… has no letter.")
        }
        return letter.value & 0x1F
    }

    private func byte(_ value: UInt32) throws(RegexError) -> UInt32 {
        guard value < 0x80 else {
            throw RegexError(
                reason: "\\x and octal digits name a byte, which is no character from 80 on; write "
                    + "\\x{\(String(value, radix: 16))}.")
        }
        return value
    }

    private mutating func code(
        radix: Int, digits: ClosedRange<Int>, closing: Bool
    ) throws(RegexError) -> UInt32 {
        var text = ""
        while text.count < digits.upperBound, let digit = next,
            Int(String(digit), radix: radix) != nil
        {
            text.unicodeScalars.append(digit)
            index += 1
        }
        guard text.count >= digits.lowerBound, !closing || take("}"),
            let value = UInt32(text, radix: radix), Unicode.Scalar(value) != nil
        else { throw RegexError(reason: "A code point in digits is not valid.") }
        return value
    }

    // MARK: References

    /// A reference by number; `nil` if the digits are a character in octal.
    private mutating func numberedReference() throws(RegexError) -> RegexNode? {
        let start = index
        guard let number = try number() else { return nil }
        if number > groups.count, number > 9 {
            index = start
            return nil
        }
        return try reference(to: number)
    }

    private func reference(to number: Int) throws(RegexError) -> RegexNode {
        guard groups.named.isEmpty else {
            throw RegexError(reason: "With named groups, references are by name: \\k<name>.")
        }
        guard number >= 1, number <= groups.count else {
            throw RegexError(reason: "There is no group \(number).")
        }
        return .backReference([number])
    }

    private mutating func namedReference() throws(RegexError) -> RegexNode {
        let end: Unicode.Scalar = takeScalar() == "<" ? ">" : "'"
        var name = ""
        while let scalar = takeScalar(), scalar != end { name.unicodeScalars.append(scalar) }
        if let numbers = groups.named[name] { return .backReference(numbers.reversed()) }
        guard let number = Int(name) else {
            throw RegexError(reason: "There is no group \(name.prefix(60).debugDescription).")
        }
        return try reference(to: number < 0 ? groups.entered + 1 + number : number)
    }
}
