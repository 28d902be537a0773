/// Reads llama.cpp's grammar language, GBNF.
///
///     root   ::= "yes" | "no" (", " reason)?   # a comment
///     reason ::= [a-z]+ [^\n]{0,20}
///
/// Names of letters, digits, `-` and `_`; literals with the escapes `\n \r \t \\ \" \[ \] \xHH \uHHHH
/// \UHHHHHHHH`; characters `[a-z]`, `[^a-z]` and `.`; groups; `* + ? {m} {m,} {m,n}`. A rule ends
/// with its line, except within parentheses and after `::=` or `|`. Tokens (`<think>`) are refused.
struct GBNFReader {
    private let text: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private(set) var draft = GrammarDraft()

    init(_ text: String) throws(GrammarError) {
        guard text.utf8.count <= GrammarLimits.textBytes else {
            throw .tooLarge("bytes", limit: GrammarLimits.textBytes)
        }
        self.text = Array(text.unicodeScalars)
    }

    /// Reads all rules.
    mutating func read() throws(GrammarError) -> GrammarDraft {
        skipSpace(withLines: true)
        while position < text.count {
            let start = position
            let name = try name()
            skipSpace(withLines: false)
            guard take("::=") else { throw failure("needs ::= after the name \(quoted(name))") }
            let index = draft.index(of: name)
            guard !draft.isDefined(index) else {
                position = start
                throw failure("defines the rule \(quoted(name)) a second time")
            }
            skipSpace(withLines: true)
            draft.define(index, try choice())
            guard position == text.count || isLineBreak(text[position]) else {
                throw failure("has \(quoted(String(text[position]))) where a rule should end")
            }
            skipSpace(withLines: true)
        }
        return draft
    }

    // MARK: Expressions

    private mutating func choice() throws(GrammarError) -> GrammarExpression {
        var alternatives = [try sequence()]
        while take("|") {
            skipSpace(withLines: true)
            alternatives.append(try sequence())
        }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private mutating func sequence() throws(GrammarError) -> GrammarExpression {
        var items: [GrammarExpression] = []
        while position < text.count, let item = try item() {
            items.append(try repetition(of: item))
            skipSpace(withLines: depth > 0)
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }

    private mutating func item() throws(GrammarError) -> GrammarExpression? {
        switch text[position] {
        case "\"": return try literal()
        case "[": return try characters()
        case ".":
            position += 1
            return .characters(in: [], isNegated: true)
        case "(":
            position += 1
            depth += 1
            guard depth <= GrammarLimits.depth else {
                throw .tooLarge("nested groups", limit: GrammarLimits.depth)
            }
            skipSpace(withLines: true)
            let inner = try choice()
            guard take(")") else { throw failure("needs a ')'") }
            depth -= 1
            return inner
        case "<", "!":
            throw failure("names a token, which is not supported; write its text")
        case let scalar where isNamePart(scalar):
            return .rule(draft.index(of: try name()))
        default: return nil
        }
    }

    private mutating func repetition(
        of item: GrammarExpression
    ) throws(GrammarError) -> GrammarExpression {
        var item = item
        // (x*)* says what x* says; a few of them are a slip, thousands an attack on the stack.
        for _ in 0...GrammarLimits.repeatedRepetitions {
            skipSpace(withLines: depth > 0)
            if take("*") {
                item = .repetition(item, least: 0, most: nil)
            } else if take("+") {
                item = .repetition(item, least: 1, most: nil)
            } else if take("?") {
                item = item.optional
            } else if take("{") {
                skipSpace(withLines: false)
                let least = try count()
                var most: Int? = least
                skipSpace(withLines: false)
                if take(",") {
                    skipSpace(withLines: false)
                    most = position < text.count && text[position] != "}" ? try count() : nil
                    skipSpace(withLines: false)
                }
                guard take("}") else { throw failure("needs a '}'") }
                guard least <= most ?? .max else {
                    throw failure("repeats at least \(least) and at most \(most ?? 0) times")
                }
                item = .repetition(item, least: least, most: most)
            } else {
                return item
            }
        }
        throw .tooLarge(
            "repetitions of a repetition", limit: GrammarLimits.repeatedRepetitions)
    }

    private mutating func count() throws(GrammarError) -> Int {
        var value = 0
        let start = position
        while position < text.count, ("0"..."9").contains(text[position]) {
            value = value * 10 + Int(text[position].value - 48)
            guard value <= GrammarLimits.repetitions else {
                throw .tooLarge("repetitions", limit: GrammarLimits.repetitions)
            }
            position += 1
        }
        guard position > start else { throw failure("needs a whole number") }
        return value
    }

    // MARK: Characters

    private mutating func literal() throws(GrammarError) -> GrammarExpression {
        position += 1
        var result = String.UnicodeScalarView()
        while position < text.count, text[position] != "\"" {
            result.append(try character())
        }
        guard take("\"") else { throw failure("ends inside a literal") }
        return .text(String(result))
    }

    private mutating func characters() throws(GrammarError) -> GrammarExpression {
        position += 1
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while position < text.count, text[position] != "]" {
            let low = try character()
            var high = low
            if position + 1 < text.count, text[position] == "-", text[position + 1] != "]" {
                position += 1
                high = try character()
            }
            guard low <= high else { throw failure("has a range that runs backwards") }
            ranges.append(low.value...high.value)
        }
        guard take("]") else { throw failure("ends inside a set of characters") }
        return .characters(in: ranges, isNegated: isNegated)
    }

    private mutating func character() throws(GrammarError) -> Unicode.Scalar {
        let scalar = text[position]
        position += 1
        guard scalar == "\\" else { return scalar }
        guard position < text.count else { throw failure("ends after a backslash") }
        let escape = text[position]
        position += 1
        switch escape {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "\\", "\"", "[", "]", "-", "^": return escape
        case "x": return try hexadecimal(digits: 2)
        case "u": return try hexadecimal(digits: 4)
        case "U": return try hexadecimal(digits: 8)
        default:
            position -= 1
            throw failure("has the escape \\\(escape), which is not known")
        }
    }

    private mutating func hexadecimal(digits: Int) throws(GrammarError) -> Unicode.Scalar {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard position < text.count, text[position].isASCII,
                let digit = Character(text[position]).hexDigitValue
            else { throw failure("needs \(digits) hexadecimal digits") }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw failure("has an escape for a character that does not exist")
        }
        return scalar
    }

    // MARK: Words and space

    private mutating func name() throws(GrammarError) -> String {
        let start = position
        while position < text.count, isNamePart(text[position]) { position += 1 }
        guard position > start else { throw failure("needs the name of a rule") }
        return String(String.UnicodeScalarView(text[start..<position]))
    }

    private func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }

    private func isLineBreak(_ scalar: Unicode.Scalar) -> Bool { scalar == "\n" || scalar == "\r" }

    private mutating func skipSpace(withLines: Bool) {
        while position < text.count {
            let scalar = text[position]
            if scalar == "#" {
                while position < text.count, !isLineBreak(text[position]) { position += 1 }
            } else if scalar == " " || scalar == "\t" || withLines && isLineBreak(scalar) {
                position += 1
            } else {
                return
            }
        }
    }

    private mutating func take(_ word: String) -> Bool {
        let scalars = Array(word.unicodeScalars)
        guard text[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    private func failure(_ problem: String) -> GrammarError {
        let before = text[..<position]
        let line = before.count { $0 == "\n" } + 1
        let start = before.lastIndex(of: "\n").map { $0 + 1 } ?? 0
        return .syntax(line: line, column: position - start + 1, problem: problem)
    }
}
