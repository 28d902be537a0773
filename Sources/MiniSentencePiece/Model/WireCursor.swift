import MiniTokenizer

/// Walks the fields of a protocol buffer message without building anything.
///
/// The message of a model is a list of many small messages. Handing them to the generated code
/// one by one keeps memory near the file's size, whatever the file claims to hold.
struct WireCursor {
    /// A field: its number and, when it is length-delimited, where its content lies.
    struct Field {
        var number: Int
        var start: Int
        var content: Range<Int>?
    }

    let bytes: UnsafeBufferPointer<UInt8>
    let file: String
    private(set) var index = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
        self.bytes = bytes
        self.file = file
    }

    func failure(_ reason: String, at place: Int) -> TokenizerError {
        .malformedFile(file: file, entry: "model", reason: reason, byteOffset: place)
    }

    /// The next field, or `nil` at the end.
    mutating func next() throws(TokenizerError) -> Field? {
        guard index < bytes.count else { return nil }
        let start = index
        let key = try varint()
        guard key >> 3 > 0, key >> 3 < 1 << 29 else {
            throw failure("A field has no number.", at: start)
        }
        let number = Int(key >> 3)
        switch key & 7 {
        case 0:
            _ = try varint()
            return Field(number: number, start: start)
        case 1, 5:
            let length = key & 7 == 1 ? 8 : 4
            guard bytes.count - index >= length else {
                throw failure("The file ends inside a field.", at: start)
            }
            index += length
            return Field(number: number, start: start)
        case 2:
            let length = try varint()
            guard length <= UInt64(bytes.count - index) else {
                throw failure(
                    "Field \(number) is said to have \(length) bytes, but only "
                        + "\(bytes.count - index) follow.", at: start)
            }
            let content = index..<index + Int(length)
            index = content.upperBound
            return Field(number: number, start: start, content: content)
        default:
            throw failure("Field \(number) has a wire type that models do not use.", at: start)
        }
    }

    private mutating func varint() throws(TokenizerError) -> UInt64 {
        let start = index
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count, shift < 64 {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw failure(
            shift < 64 ? "The file ends inside a number." : "A number is too long.", at: start)
    }
}
