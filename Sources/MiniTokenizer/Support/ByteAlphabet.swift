/// GPT-2's way to write any byte as a visible character.
///
/// `!`…`~`, U+00A1…U+00AC and U+00AE…U+00FF stand for themselves; the other 68 bytes become
/// U+0100, U+0101 and so on. A space is written `Ġ`, a line feed `Ċ`. Vocabulary files use it
/// because JSON and text files cannot hold arbitrary bytes.
public enum ByteAlphabet {
    /// The scalar value for each byte.
    static let scalarOfByte: [UInt16] = {
        var table = [UInt16](repeating: 0, count: 256)
        var next: UInt16 = 256
        for byte in 0..<256 {
            let staysItself =
                (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte)
                || (0xAE...0xFF).contains(byte)
            table[byte] = staysItself ? UInt16(byte) : next
            if !staysItself { next += 1 }
        }
        return table
    }()

    /// The byte for each scalar value below 0x144, or -1.
    static let byteOfScalar: [Int16] = {
        var table = [Int16](repeating: -1, count: 0x144)
        for byte in 0..<256 { table[Int(scalarOfByte[byte])] = Int16(byte) }
        return table
    }()

    /// All bytes in the order of their characters: the order of ids in GPT-2's vocabulary.
    static let bytesInAlphabeticalOrder: [UInt8] =
        (0..<256).sorted { scalarOfByte[$0] < scalarOfByte[$1] }.map { UInt8($0) }

    /// The visible form of some bytes: `" the"` is `"Ġthe"`.
    public static func visible(_ bytes: some Sequence<UInt8>) -> String {
        var scalars = String.UnicodeScalarView()
        for byte in bytes { scalars.append(Unicode.Scalar(scalarOfByte[Int(byte)])!) }
        return String(scalars)
    }

    /// The bytes behind a visible form, or `nil` when a character is not of the alphabet.
    public static func bytes(ofVisible text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard scalar.value < 0x144, byteOfScalar[Int(scalar.value)] >= 0 else { return nil }
            bytes.append(UInt8(byteOfScalar[Int(scalar.value)]))
        }
        return bytes
    }

    /// Appends the bytes behind the visible form `text[range]`, given in UTF-8.
    ///
    /// When a character is not of the alphabet the form is no byte string: its own UTF-8 is
    /// appended, as Hugging Face's decoder does.
    static func appendBytes(
        ofVisible text: UnsafePointer<UInt8>, count: Int, to result: inout [UInt8]
    ) {
        let mark = result.count
        byteOfScalar.withUnsafeBufferPointer { table in
            var index = 0
            while index < count {
                let lead = text[index]
                if lead < 0x80 {
                    guard table[Int(lead)] >= 0 else { break }
                    result.append(lead)
                    index += 1
                    continue
                }
                let (value, length) = UTF8Decoding.scalar(at: index, in: text, end: count)
                guard length > 0, value < 0x144, table[Int(value)] >= 0 else { break }
                result.append(UInt8(table[Int(value)]))
                index += length
            }
            if index < count {
                result.removeSubrange(mark...)
                result.append(contentsOf: UnsafeBufferPointer(start: text, count: count))
            }
        }
    }
}
