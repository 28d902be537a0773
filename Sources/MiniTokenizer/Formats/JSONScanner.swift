/// A strict, forward-only JSON reader for tokenizer files (RFC 8259).
///
/// It builds no tree: the caller asks for the next key, string or integer. Every error names the
/// file, the entry that was being read and the byte where it was noticed. Nesting is limited, and
/// no size in the file makes it allocate.
struct JSONScanner {
    let bytes: UnsafePointer<UInt8>
    let count: Int
    let file: String
    var index = 0
    /// What is being read, for errors.
    var entry = "document"

    init(_ bytes: UnsafePointer<UInt8>, count: Int, file: String) {
        self.bytes = bytes
        self.count = count
        self.file = file
        if count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { index = 3 }
    }

    func failure(_ reason: String, at place: Int? = nil) -> TokenizerError {
        .malformedFile(file: file, entry: entry, reason: reason, byteOffset: place ?? index)
    }

    @inline(__always)
    mutating func skipSpace() {
        while index < count {
            let byte = bytes[index]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            index += 1
        }
    }

    /// The next byte that is not white space.
    mutating func peek() throws(TokenizerError) -> UInt8 {
        skipSpace()
        guard index < count else { throw failure("The file ends too early.") }
        return bytes[index]
    }

    mutating func expect(_ character: Unicode.Scalar) throws(TokenizerError) {
        guard try peek() == UInt8(ascii: character) else {
            throw failure("Expected \"\(character)\", found \(describe(bytes[index])).")
        }
        index += 1
    }

    /// Takes a character when it is next.
    mutating func take(_ character: Unicode.Scalar) throws(TokenizerError) -> Bool {
        guard try peek() == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private func describe(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte)
            ? "\"\(Unicode.Scalar(byte))\"" : "byte 0x\(String(byte, radix: 16))"
    }

    /// Reads an object: `body` is called after each key and must read the value.
    mutating func object(
        _ body: (inout JSONScanner, _ key: UnsafeBufferPointer<UInt8>) throws(TokenizerError) ->
            Void
    ) throws(TokenizerError) {
        try expect("{")
        if try take("}") { return }
        repeat {
            try string { scanner, key throws(TokenizerError) in
                try scanner.expect(":")
                try body(&scanner, key)
            }
        } while try take(",")
        try expect("}")
    }

    /// Reads an array: `body` is called at each element and must read it.
    mutating func array(
        _ body: (inout JSONScanner, _ position: Int) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        try expect("[")
        if try take("]") { return }
        var position = 0
        repeat {
            try body(&self, position)
            position += 1
        } while try take(",")
        try expect("]")
    }

    /// Reads a string and hands its UTF-8 to `body`: a view into the file when the string has no
    /// escapes, else a copy. Strings must be valid UTF-8 without control characters.
    @inline(__always)
    mutating func string<Result>(
        _ body: (inout JSONScanner, UnsafeBufferPointer<UInt8>) throws(TokenizerError) -> Result
    ) throws(TokenizerError) -> Result {
        try expect("\"")
        let start = index
        while index < count {
            let byte = bytes[index]
            if byte == 0x22 {
                let view = UnsafeBufferPointer(start: bytes + start, count: index - start)
                index += 1
                return try body(&self, view)
            }
            if byte == 0x5C { break }
            if byte < 0x20 { throw failure("A control character stands in a string.") }
            if byte < 0x80 {
                index += 1
            } else {
                let length = UTF8Decoding.scalar(at: index, in: bytes, end: count).length
                guard length > 0 else { throw failure("A string is not valid UTF-8.") }
                index += length
            }
        }
        let copy = try stringWithEscapes(from: start)
        // An array of its own, since `body` may read further strings.
        return try copy.withUnsafeBufferPointer { (buffer) throws(TokenizerError) in
            try body(&self, buffer)
        }
    }

    private mutating func stringWithEscapes(from start: Int) throws(TokenizerError) -> [UInt8] {
        var result = Array(UnsafeBufferPointer(start: bytes + start, count: index - start))
        while index < count {
            let byte = bytes[index]
            switch byte {
            case 0x22:
                index += 1
                return result
            case 0x5C:
                index += 1
                try appendEscape(to: &result)
            case 0..<0x20:
                throw failure("A control character stands in a string.")
            case 0..<0x80:
                result.append(byte)
                index += 1
            default:
                let length = UTF8Decoding.scalar(at: index, in: bytes, end: count).length
                guard length > 0 else { throw failure("A string is not valid UTF-8.") }
                result.append(contentsOf: UnsafeBufferPointer(start: bytes + index, count: length))
                index += length
            }
        }
        throw failure("The file ends inside a string.")
    }

    private mutating func appendEscape(to result: inout [UInt8]) throws(TokenizerError) {
        guard index < count else { throw failure("The file ends inside a string.") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: result.append(byte)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"):
            var value = try hexadecimal()
            if value & 0xFC00 == 0xD800 {
                guard index + 1 < count, bytes[index] == 0x5C,
                    bytes[index + 1] == UInt8(ascii: "u")
                else { throw failure("A surrogate stands alone in a string.") }
                index += 2
                let low = try hexadecimal()
                guard low & 0xFC00 == 0xDC00 else {
                    throw failure("A surrogate stands alone in a string.")
                }
                value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
            }
            guard let scalar = Unicode.Scalar(value) else {
                throw failure("A surrogate stands alone in a string.")
            }
            result.append(contentsOf: UTF8.encode(scalar)!)
        default:
            throw failure("A string has an unknown escape.", at: index - 1)
        }
    }

    private mutating func hexadecimal() throws(TokenizerError) -> UInt32 {
        guard count - index >= 4 else { throw failure("The file ends inside a string.") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch bytes[index] {
            case 0x30...0x39: digit = bytes[index] - 0x30
            case 0x41...0x46: digit = bytes[index] - 0x41 + 10
            case 0x61...0x66: digit = bytes[index] - 0x61 + 10
            default: throw failure("\\u needs four hexadecimal digits.")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }

    /// Reads an integer without fraction or exponent.
    mutating func integer() throws(TokenizerError) -> Int {
        let first = try peek()
        let start = index
        let isNegative = first == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var value = 0
        let digitsStart = index
        while index < count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(bytes[index] - 0x30))
            guard !overflow, !carry else { throw failure("A number is too large.", at: start) }
            value = sum
            index += 1
        }
        let digits = index - digitsStart
        guard digits > 0 else { throw failure("Expected an integer.", at: start) }
        guard digits == 1 || bytes[digitsStart] != 0x30 else {
            throw failure("A number begins with 0.", at: start)
        }
        if index < count {
            let next = bytes[index]
            if next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") {
                throw failure("Expected an integer.", at: start)
            }
        }
        return isNegative ? -value : value
    }

    /// Reads and forgets one value of any kind.
    mutating func skipValue(depth: Int = 0) throws(TokenizerError) {
        guard depth < TokenizerLimits.jsonDepth else {
            throw failure("Values are nested deeper than \(TokenizerLimits.jsonDepth).")
        }
        switch try peek() {
        case UInt8(ascii: "{"):
            try object { scanner, _ throws(TokenizerError) in
                try scanner.skipValue(depth: depth + 1)
            }
        case UInt8(ascii: "["):
            try array { scanner, _ throws(TokenizerError) in
                try scanner.skipValue(depth: depth + 1)
            }
        case UInt8(ascii: "\""): try string { _, _ in }
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try number()
        }
    }

    mutating func literal(_ word: StaticString) throws(TokenizerError) {
        _ = try peek()
        let length = word.utf8CodeUnitCount
        var matches = count - index >= length
        for offset in 0..<length where matches {
            matches = bytes[index + offset] == word.utf8Start[offset]
        }
        guard matches else { throw failure("Expected \(word).") }
        index += length
    }

    /// Reads any number.
    mutating func number() throws(TokenizerError) -> Double {
        _ = try peek()
        let start = index
        func isDigit(_ place: Int) -> Bool {
            place < count && bytes[place] >= 0x30 && bytes[place] <= 0x39
        }
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        guard isDigit(index) else {
            throw failure("Expected a value, found \(describe(bytes[start])).", at: start)
        }
        let leadingZero = bytes[index] == 0x30
        index += 1
        if leadingZero, isDigit(index) { throw failure("A number begins with 0.", at: start) }
        while isDigit(index) { index += 1 }
        if index < count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            guard isDigit(index) else { throw failure("A number ends with a point.") }
            while isDigit(index) { index += 1 }
        }
        if index < count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-")
            {
                index += 1
            }
            guard isDigit(index) else { throw failure("An exponent has no digits.") }
            while isDigit(index) { index += 1 }
        }
        let text = String(
            decoding: UnsafeBufferPointer(start: bytes + start, count: index - start),
            as: UTF8.self)
        return Double(text) ?? 0
    }

    /// Checks that nothing but white space follows.
    mutating func expectEnd() throws(TokenizerError) {
        skipSpace()
        guard index == count else { throw failure("Something follows the end of the document.") }
    }
}
