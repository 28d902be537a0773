import CMiniChecksum

/// CRC-64/XZ, the checksum of everything in a checkpoint.
///
/// The remainder of the bytes, read as a polynomial over GF(2), by the polynomial of ECMA-182; bits
/// reflected, start and end inverted, as `xz` computes it. Any change within 64 neighbouring bits is
/// found always, so any change of a byte is; others with probability 1 − 2⁻⁶⁴.
package struct CRC64: Sendable {
    private static let polynomial: UInt64 = 0xC96C_5795_D787_0F42

    /// Entry `256·k + b`: the remainder of the byte b with k zero bytes after it. Sixteen such tables
    /// take sixteen bytes at a time (Kounavis & Berry 2005, "slicing-by-8", twice as wide).
    private static let table: [UInt64] = {
        var table = [UInt64](repeating: 0, count: 16 * 256)
        for byte in 0..<256 {
            var remainder = UInt64(byte)
            for _ in 0..<8 {
                remainder = remainder >> 1 ^ (remainder & 1 == 1 ? polynomial : 0)
            }
            table[byte] = remainder
        }
        for index in 256..<16 * 256 {
            let before = table[index - 256]
            table[index] = before >> 8 ^ table[Int(before & 0xFF)]
        }
        return table
    }()

    private var state = UInt64.max
    /// How many bytes there were.
    package private(set) var count = 0

    /// Of no bytes.
    package init() {}

    /// Of some bytes.
    package init(_ bytes: UnsafeRawBufferPointer) { update(bytes) }

    /// Of some bytes.
    package init(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The checksum of the bytes so far.
    package var value: UInt64 { ~state }

    /// Takes more bytes.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        update(bytes, folding: Self.canFold)
    }

    /// Takes more bytes, by carry-less multiplication as far as that goes if the processor has it.
    mutating func update(_ bytes: UnsafeRawBufferPointer, folding: Bool) {
        count += bytes.count
        let folded = folding && bytes.count >= 128 ? bytes.count & ~63 : 0
        if folded > 0, let start = bytes.baseAddress {
            state = Self.fold(state, start, count: folded)
        }
        state = Self.remainder(state, UnsafeRawBufferPointer(rebasing: bytes[folded...]))
    }

    private static let canFold = mini_checksum_can_fold() != 0
    private static let foldingPowers = [575, 511, 191, 127].map { power(of: 1 << 62, $0) }

    private static func fold(_ state: UInt64, _ bytes: UnsafeRawPointer, count: Int) -> UInt64 {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { rest in
            mini_checksum_fold(state, bytes, count, foldingPowers, rest.baseAddress)
            return remainder(0, UnsafeRawBufferPointer(rest))
        }
    }

    /// The remainder after more bytes, by tables.
    private static func remainder(_ state: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var remainder = state
        table.withUnsafeBufferPointer { table in
            guard let table = table.baseAddress, let start = bytes.baseAddress else { return }
            func look(_ slice: Int, _ byte: UInt64) -> UInt64 {
                table[256 * slice + Int(truncatingIfNeeded: byte & 0xFF)]
            }
            var offset = 0
            while offset + 16 <= bytes.count {
                let low =
                    UInt64(
                        littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    ^ remainder
                let high = UInt64(
                    littleEndian: start.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
                // Two sums, so that the second need not wait for the first.
                let first =
                    look(15, low) ^ look(14, low >> 8) ^ look(13, low >> 16) ^ look(12, low >> 24)
                    ^ look(11, low >> 32) ^ look(10, low >> 40) ^ look(9, low >> 48)
                    ^ look(8, low >> 56)
                let second =
                    look(7, high) ^ look(6, high >> 8) ^ look(5, high >> 16) ^ look(4, high >> 24)
                    ^ look(3, high >> 32) ^ look(2, high >> 40) ^ look(1, high >> 48)
                    ^ look(0, high >> 56)
                remainder = first ^ second
                offset += 16
            }
            while offset < bytes.count {
                remainder =
                    remainder >> 8
                    ^ look(
                        0,
                        remainder
                            ^ UInt64(
                                start.load(
                                    fromByteOffset: offset, as: UInt8.self)))
                offset += 1
            }
        }
        return remainder
    }

    /// Takes the bytes that `next` was made of, without seeing them.
    package mutating func append(_ next: CRC64) {
        // Appending bytes multiplies what is before them by x⁸ for each.
        let moved = Self.product(value, Self.power(ofBytes: next.count))
        state = ~(moved ^ next.value)
        count += next.count
    }

    // MARK: Polynomials; bit 63 is x⁰.

    private static func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var (rest, shifted, sum) = (a, b, UInt64(0))
        while rest != 0 {
            if rest >> 63 == 1 { sum ^= shifted }
            rest <<= 1
            shifted = shifted >> 1 ^ (shifted & 1 == 1 ? polynomial : 0)
        }
        return sum
    }

    /// x⁸ⁿ.
    private static func power(ofBytes count: Int) -> UInt64 { power(of: 1 << 55, count) }

    private static func power(of base: UInt64, _ exponent: Int) -> UInt64 {
        var (result, square, rest) = (UInt64(1) << 63, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = product(result, square) }
            square = product(square, square)
            rest >>= 1
        }
        return result
    }
}

/// A checksum as it is written in files: 16 digits.
package struct Checksum: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The number.
    package let value: UInt64

    package init(_ checksum: CRC64) { value = checksum.value }

    /// Reads sixteen small digits to the base 16.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(quoted(text)) is not a checksum.")
        }
        self.value = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
