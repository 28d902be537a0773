/// Ranges of characters as sequences of ranges of bytes.
///
/// A range is cut where the number of bytes changes and where the last bytes do not run through all
/// their values; what is left is one range for each byte (Cox 2010, "Regular expression matching in
/// the wild"). The surrogates, which are no characters, are left out.
enum UTF8Ranges {
    static func sequences(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
        var result: [[ClosedRange<UInt8>]] = []
        var open = [range]
        while let range = open.popLast() {
            let (low, high) = (range.lowerBound, min(range.upperBound, 0x10FFFF))
            guard low <= high else { continue }
            if low <= 0xDFFF, high >= 0xD800 {
                if high > 0xDFFF { open.append(0xE000...high) }
                if low < 0xD800 { open.append(low...0xD7FF) }
            } else if let cut = cut(low, high) {
                open.append((cut + 1)...high)
                open.append(low...cut)
            } else {
                result.append(zip(bytes(low), bytes(high)).map { $0...$1 })
            }
        }
        return result
    }

    /// The last character of the first part, if the range must be cut.
    private static func cut(_ low: UInt32, _ high: UInt32) -> UInt32? {
        for last: UInt32 in [0x7F, 0x7FF, 0xFFFF] where low <= last && last < high { return last }
        guard high > 0x7F else { return nil }
        for byte in 1..<UInt32(bytes(low).count) {
            let mask = UInt32(1) << (6 * byte) - 1
            guard low & ~mask != high & ~mask else { continue }
            if low & mask != 0 { return low | mask }
            if high & mask != mask { return (high & ~mask) - 1 }
        }
        return nil
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        switch value {
        case ..<0x80: [UInt8(value)]
        case ..<0x800: [UInt8(0xC0 | value >> 6), tail(value)]
        case ..<0x10000: [UInt8(0xE0 | value >> 12), tail(value >> 6), tail(value)]
        default: [UInt8(0xF0 | value >> 18), tail(value >> 12), tail(value >> 6), tail(value)]
        }
    }

    private static func tail(_ value: UInt32) -> UInt8 { UInt8(0x80 | value & 0x3F) }
}
