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

    /// Text of the file for an error: quoted, and its beginning only when it is long.
    static func quoted(_ text: some Collection<UInt8>) -> String {
        let isLong = text.count > 200
        return String(decoding: text.prefix(200), as: UTF8.self).debugDescription
            + (isLong ? "…" : "")
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

    /// Whether text lies in the file, and is not a copy.
    @inline(__always)
    func holds(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = text.baseAddress else { return false }
        return base >= bytes && base < bytes + count
    }

    /// The next byte that is not white space.
    @inline(__always)
    mutating func peek() throws(TokenizerError) -> UInt8 {
        skipSpace()
        guard index < count else { throw failure("The file ends too early.") }
        return bytes[index]
    }

    @inline(__always)
    mutating func expect(_ character: Unicode.Scalar) throws(TokenizerError) {
        guard try peek() == UInt8(ascii: character) else { throw unexpected(character) }
        index += 1
    }

    @inline(never)
    private func unexpected(_ character: Unicode.Scalar) -> TokenizerError {
        failure("Expected \"\(character)\", found \(describe(bytes[index])).")
    }

    /// Takes a character when it is next.
    @inline(__always)
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
            index += 1
            if try take("}") { return }
            repeat {
                try skipString()
                try expect(":")
                try skipValue(depth: depth + 1)
            } while try take(",")
            try expect("}")
        case UInt8(ascii: "["):
            index += 1
            if try take("]") { return }
            repeat { try skipValue(depth: depth + 1) } while try take(",")
            try expect("]")
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try numberRange()
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
        let range = try numberRange()
        guard range.count <= 1024 else {
            throw failure("A number is too long.", at: range.lowerBound)
        }
        let text = String(
            decoding: UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count),
            as: UTF8.self)
        return Double(text) ?? 0
    }

    /// Passes any number and says where it stands.
    private mutating func numberRange() throws(TokenizerError) -> Range<Int> {
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
        return start..<index
    }

    /// Checks that nothing but white space follows.
    mutating func expectEnd() throws(TokenizerError) {
        skipSpace()
        guard index == count else { throw failure("Something follows the end of the document.") }
    }
}
