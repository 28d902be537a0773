/// Reads JSON (RFC 8259) that nobody vouches for, value by value, building nothing the caller does
/// not ask for.
///
///     try JSONReader<FileFailure>.read(bytes, of: path, as: "the index") { reader in
///         try reader.object { reader, name in … }
///     }
///
/// It is strict where a lenient reader would let two programs see different things in one text: a
/// name that comes twice in an object, bytes that are not UTF-8, numbers that do not fit, and
/// anything after the value are errors. Nesting is limited, since it costs stack, and no size in the
/// text makes it allocate. Every error says what was being read and at which byte.
package struct JSONReader<Failure: JSONFailure> {
    /// How deep arrays and objects may be nested.
    package static var maximumDepth: Int { 32 }

    /// The text.
    package let bytes: UnsafePointer<UInt8>
    /// How many bytes the text has.
    package let count: Int
    /// The file, or whatever the text came from, for errors.
    package let file: String
    /// What is being read, for errors.
    package var entry: String
    /// The next byte. A reader can be sent back to a value that it passed before.
    package var index = 0
    /// How many arrays and objects are open around the next byte.
    package var depth = 0
    /// Whether `NaN`, `Infinity` and `-Infinity` are numbers, as Python's `json` writes them.
    package var acceptsPythonNumbers = false

    /// A reader at the start of a text, which must outlive it.
    package init(
        _ bytes: UnsafePointer<UInt8>, count: Int, file: String, entry: String = "document"
    ) {
        self.bytes = bytes
        self.count = count
        self.file = file
        self.entry = entry
        // A byte order mark may be passed over (RFC 8259, section 8.1).
        if count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { index = 3 }
    }

    /// Reads a text that is in an array.
    package static func read<Result>(
        _ text: [UInt8], of file: String = "", as entry: String = "document",
        _ body: (inout JSONReader) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // An empty array may have no address; one byte that is not counted gives it one.
        let count = text.count
        return try (text.isEmpty ? [0] : text).withUnsafeBufferPointer { (buffer) throws(Failure) in
            var reader = JSONReader(buffer.baseAddress!, count: count, file: file, entry: entry)
            return try body(&reader)
        }
    }

    /// The error for something wrong here, or at another byte.
    ///
    /// - Parameter problem: as the end of a sentence: "has more than 6 axes".
    package func failure(_ problem: String, at place: Int? = nil) -> Failure {
        Failure(JSONProblem(file: file, entry: entry, position: place ?? index, problem: problem))
    }

    // MARK: Bytes

    /// Passes white space.
    @inlinable
    @inline(__always)
    package mutating func skipSpace() {
        while index < count {
            let byte = bytes[index]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            index += 1
        }
    }

    /// The next byte that is not white space: the first of a value to come.
    @inlinable
    @inline(__always)
    package mutating func peek() throws(Failure) -> UInt8 {
        skipSpace()
        guard index < count else { throw failure("ends too early") }
        return bytes[index]
    }

    /// Takes a character, which must come next.
    @inlinable
    @inline(__always)
    package mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
        guard try peek() == UInt8(ascii: character) else { throw unexpected(character) }
        index += 1
    }

    /// Takes a character if it comes next.
    @inlinable
    @inline(__always)
    package mutating func take(_ character: Unicode.Scalar) throws(Failure) -> Bool {
        guard try peek() == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    @inline(never)
    package func unexpected(_ character: Unicode.Scalar) -> Failure {
        failure("needs a '\(character)', not \(described(bytes[index]))")
    }

    private func described(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte)
            ? "'\(Unicode.Scalar(byte))'" : "the byte 0x\(String(byte, radix: 16))"
    }

    /// Checks that nothing but white space follows.
    package mutating func end() throws(Failure) {
        skipSpace()
        guard index == count else { throw failure("goes on after the end of the value") }
    }

    /// Whether some bytes lie in the text, and are not a copy.
    @inlinable
    @inline(__always)
    package func holds(_ part: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = part.baseAddress else { return false }
        return base >= bytes && base < bytes + count
    }

    // MARK: Structure

    /// Opens an array or an object.
    @inlinable
    package mutating func enter(_ bracket: Unicode.Scalar) throws(Failure) {
        try expect(bracket)
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw failure("is nested more than \(Self.maximumDepth) deep")
        }
    }

    /// Reads an object: `body` is called after each name and must read one value.
    ///
    /// Names are handed over as they come, also twice: for large objects whose reader notices that
    /// itself. See `object(_:)`.
    @inlinable
    package mutating func members(
        _ body: (inout JSONReader, _ name: UnsafeBufferPointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        try enter("{")
        if !(try take("}")) {
            repeat {
                try string { (reader, name) throws(Failure) in
                    try reader.expect(":")
                    try body(&reader, name)
                }
            } while try take(",")
            guard try take("}") else { throw failure("needs a ',' or a '}'") }
        }
        depth -= 1
    }

    /// Reads an object in which no name comes twice: `member` is called after each name and must read
    /// one value.
    package mutating func object(
        _ member: (inout JSONReader, _ name: String) throws(Failure) -> Void
    ) throws(Failure) {
        var names = Set<String>()
        try members { (reader, name) throws(Failure) in
            let name = String(decoding: name, as: UTF8.self)
            guard names.insert(name).inserted else {
                throw reader.failure("has the name \(quoted(name)) twice in one object")
            }
            try member(&reader, name)
        }
    }

    /// Reads an array: `body` is called at each element and must read it.
    @inlinable
    package mutating func array(
        _ body: (inout JSONReader, _ position: Int) throws(Failure) -> Void
    ) throws(Failure) {
        try enter("[")
        if !(try take("]")) {
            var position = 0
            repeat {
                try body(&self, position)
                position += 1
            } while try take(",")
            guard try take("]") else { throw failure("needs a ',' or a ']'") }
        }
        depth -= 1
    }

    /// Passes one value of any kind.
    ///
    /// - Parameter checksNames: whether a name that comes twice in an object is an error; not needed
    ///   for what will be read later.
    package mutating func skip(checksNames: Bool = true) throws(Failure) {
        switch try peek() {
        case UInt8(ascii: "{"):
            if checksNames {
                try object { (reader, _) throws(Failure) in try reader.skip() }
            } else {
                try members { (reader, _) throws(Failure) in try reader.skip(checksNames: false) }
            }
        case UInt8(ascii: "["):
            try array { (reader, _) throws(Failure) in try reader.skip(checksNames: checksNames) }
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try numberRange()
        }
    }

    // MARK: Words and numbers

    /// Takes a word, which must come next.
    package mutating func literal(_ word: StaticString) throws(Failure) {
        _ = try peek()
        guard isNext(word) else { throw failure("needs \(word)") }
        index += word.utf8CodeUnitCount
    }

    /// Takes null if it comes next.
    package mutating func takeNull() throws(Failure) -> Bool {
        guard try peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    /// Reads true or false.
    package mutating func boolean() throws(Failure) -> Bool {
        if try peek() == UInt8(ascii: "t") {
            try literal("true")
            return true
        }
        guard isNext("false") else { throw failure("needs true or false") }
        index += 5
        return false
    }

    private func isNext(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard count - index >= length else { return false }
        return (0..<length).allSatisfy { bytes[index + $0] == word.utf8Start[$0] }
    }

    /// Reads an integer without fraction or exponent.
    package mutating func integer() throws(Failure) -> Int {
        let first = try peek()
        let start = index
        let isNegative = first == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var value = 0
        let digitsStart = index
        while index < count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(bytes[index] - 0x30))
            guard !overflow, !carry else {
                throw failure("has a whole number that is too large", at: start)
            }
            value = sum
            index += 1
        }
        let digits = index - digitsStart
        guard digits > 0 else { throw failure("needs a whole number", at: start) }
        guard digits == 1 || bytes[digitsStart] != 0x30 else {
            throw failure("has a number that begins with 0", at: start)
        }
        if index < count {
            let next = bytes[index]
            if next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") {
                throw failure("needs a whole number, without fraction or exponent", at: start)
            }
        }
        return isNegative ? -value : value
    }

    /// Reads an integer from 0 up.
    package mutating func wholeNumber() throws(Failure) -> Int {
        guard try peek() != UInt8(ascii: "-") else {
            throw failure("needs a whole number from 0 up")
        }
        return try integer()
    }

    /// Reads any number.
    package mutating func number() throws(Failure) -> Double {
        let range = try numberRange()
        return value(of: range)
    }

    /// Reads any number as it is spelled.
    package mutating func spelledNumber() throws(Failure) -> String {
        text(try numberRange())
    }

    private func text(_ range: Range<Int>) -> String {
        String(
            decoding: UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count),
            as: UTF8.self)
    }

    private func value(of range: Range<Int>) -> Double { Double(text(range)) ?? .nan }

    /// Passes any number that a `Double` can hold, and says where it stands.
    private mutating func numberRange() throws(Failure) -> Range<Int> {
        _ = try peek()
        let start = index
        if acceptsPythonNumbers {
            for word in ["NaN", "Infinity", "-Infinity"] as [StaticString] where isNext(word) {
                index += word.utf8CodeUnitCount
                return start..<index
            }
        }
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        let whole = index
        guard skipDigits() > 0 else {
            throw failure("needs a value, not \(described(bytes[start]))", at: start)
        }
        guard bytes[whole] != 0x30 || index - whole == 1 else {
            throw failure("has a number that begins with 0", at: start)
        }
        if index < count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            guard skipDigits() > 0 else { throw failure("has a number that ends with a point") }
        }
        var isLarge = index - start > 300
        if index < count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-")
            {
                index += 1
            }
            guard skipDigits() > 0 else { throw failure("has an exponent without digits") }
            isLarge = true
        }
        guard index - start <= 512 else {
            throw failure("has a number that is too long", at: start)
        }
        guard !isLarge || value(of: start..<index).isFinite else {
            throw failure("has a number that is too large", at: start)
        }
        return start..<index
    }

    private mutating func skipDigits() -> Int {
        let start = index
        while index < count, bytes[index] >= 0x30, bytes[index] <= 0x39 { index += 1 }
        return index - start
    }
}
