extension JSONReader {
    /// Reads a string and hands its UTF-8 to `body`: a view into the file when the string has no
    /// escapes, else a copy. Strings must be valid UTF-8 without control characters.
    @inlinable
    @inline(__always)
    package mutating func string<Result>(
        _ body: (inout JSONReader, UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let (range, hasEscapes) = try stringRange()
        if !hasEscapes {
            return try body(
                &self, UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count))
        }
        // An array of its own, since `body` may read further strings.
        let copy = try unescaped(range)
        return try copy.withUnsafeBufferPointer { (buffer) throws(Failure) in
            try body(&self, buffer)
        }
    }

    /// Passes a string and says where its text lies, without the quotes, and whether it has
    /// escapes, which are not checked yet.
    @inlinable
    @inline(__always)
    package mutating func stringRange() throws(Failure) -> (Range<Int>, hasEscapes: Bool) {
        guard try peek() == 0x22 else { throw failure("needs a string") }
        index += 1
        let start = index
        var place = start
        while place < count, Self.isPlain(bytes[place]) { place += 1 }
        if place < count, bytes[place] == 0x22 {
            index = place + 1
            return (start..<place, false)
        }
        return try stringRange(from: start, at: place)
    }

    /// Whether a byte stands for itself in a string, and is ASCII.
    @inlinable
    @inline(__always)
    package static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x5C
    }

    @inline(never)
    package mutating func stringRange(
        from start: Int, at place: Int
    ) throws(Failure) -> (Range<Int>, hasEscapes: Bool) {
        var hasEscapes = false
        var place = place
        while place < count {
            let byte = bytes[place]
            if Self.isPlain(byte) {
                place += 1
            } else if byte == 0x22 {
                index = place + 1
                return (start..<place, hasEscapes)
            } else if byte == 0x5C {
                hasEscapes = true
                place += 2
            } else if byte < 0x20 {
                throw failure("has a control character in a string", at: place)
            } else {
                guard let length = scalarLength(at: place) else {
                    throw failure("has a string that is not UTF-8", at: place)
                }
                place += length
            }
        }
        throw failure("ends inside a string", at: count)
    }

    /// The text of a string with escapes; no longer than it is in the file.
    package mutating func unescaped(_ range: Range<Int>) throws(Failure) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        try forEachPart(of: range) { part in result.append(contentsOf: part) }
        return result
    }

    /// Checks the escapes of a string and calls `body` with its text, stretch by stretch.
    private mutating func forEachPart(
        of range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) throws(Failure) {
        let end = index
        index = range.lowerBound
        while index < range.upperBound {
            let start = index
            while index < range.upperBound, bytes[index] != 0x5C { index += 1 }
            body(UnsafeBufferPointer(start: bytes + start, count: index - start))
            if index < range.upperBound {
                index += 1
                let scalar = try escape()
                let encoded = UTF8.encode(scalar)!
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4) { buffer in
                    var count = 0
                    for byte in encoded {
                        buffer[count] = byte
                        count += 1
                    }
                    body(UnsafeBufferPointer(rebasing: buffer[..<count]))
                }
            }
        }
        index = end
    }

    /// Passes a string and checks it, without a copy.
    package mutating func skipString() throws(Failure) {
        let (range, hasEscapes) = try stringRange()
        if hasEscapes { try forEachPart(of: range) { _ in } }
    }

    /// Reads a string.
    package mutating func string() throws(Failure) -> String {
        try string { (_, text) throws(Failure) in String(decoding: text, as: UTF8.self) }
    }

    /// How many bytes a character beyond ASCII takes (Unicode, table 3-7); `nil` if they are none.
    private func scalarLength(at place: Int) -> Int? {
        func isContinuation(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            place + offset < count && range.contains(bytes[place + offset])
        }
        switch bytes[place] {
        case 0xC2...0xDF:
            return isContinuation(1) ? 2 : nil
        case 0xE0...0xEF:
            let second: ClosedRange<UInt8> =
                bytes[place] == 0xE0
                ? 0xA0...0xBF : bytes[place] == 0xED ? 0x80...0x9F : 0x80...0xBF
            return isContinuation(1, second) && isContinuation(2) ? 3 : nil
        case 0xF0...0xF4:
            let second: ClosedRange<UInt8> =
                bytes[place] == 0xF0
                ? 0x90...0xBF : bytes[place] == 0xF4 ? 0x80...0x8F : 0x80...0xBF
            return isContinuation(1, second) && isContinuation(2) && isContinuation(3) ? 4 : nil
        default:
            return nil
        }
    }

    /// The character of an escape whose backslash has been read.
    private mutating func escape() throws(Failure) -> Unicode.Scalar {
        guard index < count else { throw failure("ends inside a string") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var value = try hexadecimal()
            if value & 0xFC00 == 0xD800 {
                guard index + 1 < count, bytes[index] == 0x5C,
                    bytes[index + 1] == UInt8(ascii: "u")
                else { throw failure("has half a character in a string") }
                index += 2
                let low = try hexadecimal()
                guard low & 0xFC00 == 0xDC00 else {
                    throw failure("has half a character in a string")
                }
                value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
            }
            guard let scalar = Unicode.Scalar(value) else {
                throw failure("has half a character in a string")
            }
            return scalar
        default:
            throw failure("has an escape JSON does not know", at: index - 1)
        }
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        guard count - index >= 4 else { throw failure("ends inside a string") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch bytes[index] {
            case 0x30...0x39: digit = bytes[index] - 0x30
            case 0x41...0x46: digit = bytes[index] - 0x41 + 10
            case 0x61...0x66: digit = bytes[index] - 0x61 + 10
            default: throw failure("has a \\u without four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
