/// Reads JSON from a file nobody vouches for, value by value, building nothing the caller does not
/// ask for.
///
/// It is strict where a lenient reader would let two programs see different things in one file: a key
/// that comes twice, bytes that are not UTF-8, whole numbers that do not fit, and anything after the
/// value are errors. Nesting is limited, since it costs stack.
struct JSONReader {
    /// What is wrong, and where.
    struct Failure: Error {
        let position: Int
        let problem: String
    }

    static let maximumDepth = 32

    private let bytes: [UInt8]
    private(set) var position = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A failure at the current place.
    func failure(_ problem: String) -> Failure { Failure(position: position, problem: problem) }

    // MARK: Structure

    /// Reads an object; `member` must read one value.
    mutating func object(
        _ member: (inout JSONReader, String) throws(Failure) -> Void
    ) throws(Failure) {
        try enter("{")
        var keys = Set<String>()
        if !take("}") {
            repeat {
                let key = try string()
                guard keys.insert(key).inserted else {
                    throw failure("has the key \(quoted(key)) twice in one object")
                }
                guard take(":") else { throw failure("needs a ':' after the key \(quoted(key))") }
                try member(&self, key)
            } while take(",")
            guard take("}") else { throw failure("needs a ',' or a '}'") }
        }
        depth -= 1
    }

    /// Reads an array; `element` must read one value.
    mutating func array(_ element: (inout JSONReader) throws(Failure) -> Void) throws(Failure) {
        try enter("[")
        if !take("]") {
            repeat { try element(&self) } while take(",")
            guard take("]") else { throw failure("needs a ',' or a ']'") }
        }
        depth -= 1
    }

    /// Checks that nothing but white space follows.
    mutating func end() throws(Failure) {
        skipSpace()
        guard position == bytes.count else { throw failure("goes on after the end of the value") }
    }

    /// Checks that nothing but blanks follows, without line breaks or tabs.
    func endWithBlanks() throws(Failure) {
        guard bytes[position...].allSatisfy({ $0 == UInt8(ascii: " ") }) else {
            throw failure("has something other than blanks after the object")
        }
    }

    /// The first byte of the value to come, or 0 at the end.
    mutating func peek() -> UInt8 {
        skipSpace()
        return position < bytes.count ? bytes[position] : 0
    }

    private mutating func enter(_ bracket: Unicode.Scalar) throws(Failure) {
        guard take(bracket) else { throw failure("needs a '\(bracket)'") }
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw failure("is nested more than \(Self.maximumDepth) deep")
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character), position < bytes.count else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
            position += 1
        }
    }

    /// Whether that word comes next; passes it if so.
    mutating func takeWord(_ word: StaticString) -> Bool {
        skipSpace()
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count else { return false }
        let isNext = word.withUTF8Buffer { $0.elementsEqual(bytes[position..<end]) }
        if isNext { position = end }
        return isNext
    }

    // MARK: Values

    /// Passes any value, checked as strictly as one that is used.
    mutating func skip() throws(Failure) {
        switch peek() {
        case UInt8(ascii: "{"):
            try object { (reader, _) throws(Failure) in try reader.skip() }
        case UInt8(ascii: "["):
            try array { (reader) throws(Failure) in try reader.skip() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
        case UInt8(ascii: "n"):
            guard takeWord("null") else { throw failure("is not JSON") }
        default: _ = try number()
        }
    }

    /// `true` or `false`.
    mutating func boolean() throws(Failure) -> Bool {
        if takeWord("true") { return true }
        if takeWord("false") { return false }
        throw failure("needs true or false")
    }

    /// A whole number from 0 to the largest `Int`, written with digits only.
    mutating func wholeNumber() throws(Failure) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, let digit = Self.digit(bytes[position]) {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(digit)
            guard !overflow, !carry else { throw failure("has a whole number that is too large") }
            value = sum
            position += 1
        }
        let digits = position - start
        guard digits > 0, digits == 1 || bytes[start] != UInt8(ascii: "0") else {
            throw failure("needs a whole number from 0 up")
        }
        if position < bytes.count, [0x2E, 0x45, 0x65].contains(bytes[position]) {
            throw failure("needs a whole number, without fraction or exponent")
        }
        return value
    }

    /// Any number.
    mutating func number() throws(Failure) -> Double {
        skipSpace()
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        let wholeStart = position
        let whole = skipDigits()
        var isValid = whole > 0 && (whole == 1 || bytes[wholeStart] != UInt8(ascii: "0"))
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            isValid = skipDigits() > 0 && isValid
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, [0x2B, 0x2D].contains(bytes[position]) { position += 1 }
            isValid = skipDigits() > 0 && isValid
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard isValid, position - start <= 512, let value = Double(text), value.isFinite else {
            throw failure("needs a number")
        }
        return value
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while position < bytes.count, Self.digit(bytes[position]) != nil { position += 1 }
        return position - start
    }

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte) - 48 : nil
    }

    /// A string.
    mutating func string() throws(Failure) -> String {
        guard take("\"") else { throw failure("needs a string") }
        var text: [UInt8] = []
        var start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                text += bytes[start..<position]
                guard let result = String(validating: text, as: UTF8.self) else {
                    throw failure("has a string that is not UTF-8")
                }
                position += 1
                return result
            case UInt8(ascii: "\\"):
                text += bytes[start..<position]
                position += 1
                text += try escapedCharacter()
                start = position
            case 0..<0x20:
                throw failure("has a control character in a string")
            default:
                position += 1
            }
        }
        throw failure("ends inside a string")
    }

    private mutating func escapedCharacter() throws(Failure) -> [UInt8] {
        guard position < bytes.count else { throw failure("ends inside a string") }
        let escape = bytes[position]
        position += 1
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [escape]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try escapedScalar()
        default: throw failure("has an escape JSON does not know")
        }
    }

    private mutating func escapedScalar() throws(Failure) -> [UInt8] {
        var code = try codeUnit()
        if code & 0xFC00 == 0xD800 {
            guard takeWord("\\u") else { throw failure("has half a character in a string") }
            let low = try codeUnit()
            guard low & 0xFC00 == 0xDC00 else { throw failure("has half a character in a string") }
            code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw failure("has half a character in a string")
        }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func codeUnit() throws(Failure) -> UInt32 {
        guard bytes.count - position >= 4 else { throw failure("ends inside a string") }
        var code: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure("has an escape JSON does not know")
            }
            code = code << 4 | UInt32(digit)
        }
        position += 4
        return code
    }
}
