/// What the splitting rules ask about a character: is it `\p{L}`, `\p{N}`, `\s`, or none of them?
enum ScalarClass {
    static let other: UInt8 = 0
    static let letter: UInt8 = 1
    static let number: UInt8 = 2
    static let space: UInt8 = 3
    /// Only in ``UnicodeClasses/ofByte``: the byte does not stand alone.
    static let multibyte: UInt8 = 4
}

/// The classes of all Unicode scalars, as the regular expressions of tiktoken and Hugging Face's
/// tokenizers see them (Unicode 16.0).
///
/// The Swift standard library's own properties follow the Unicode version of the toolchain (17.0
/// in Swift 6.3: 4,644 letters more), so using them would make token ids depend on the compiler.
///
/// A two-stage table: scalars are grouped in pages of 256, equal pages are stored once. It is
/// built once per process, in well under a millisecond, and never freed.
struct UnicodeClasses: @unchecked Sendable {
    /// The class of each ASCII byte; ``ScalarClass/multibyte`` for the rest.
    let ofByte: UnsafePointer<UInt8>
    private let pageOf: UnsafePointer<UInt8>
    private let pages: UnsafePointer<UInt8>

    static let shared = UnicodeClasses()

    private init() {
        let pageCount = 0x110000 >> 8
        var pageOf = [UInt8](repeating: 0, count: pageCount)
        // Page k < 4 is the page on which every scalar has class k.
        var pages: [UInt8] = []
        for uniform in 0..<4 {
            pages.append(contentsOf: repeatElement(UInt8(uniform), count: 256))
        }
        func fill(_ ranges: [UInt32], _ value: UInt8) {
            for index in stride(from: 0, to: ranges.count, by: 2) {
                var scalar = Int(ranges[index])
                let end = Int(ranges[index + 1]) + 1
                while scalar < end {
                    let page = scalar >> 8
                    let stop = min(end, (page + 1) << 8)
                    if scalar & 0xFF == 0, stop & 0xFF == 0, pageOf[page] == 0 {
                        pageOf[page] = value
                    } else {
                        if pageOf[page] < 4 {
                            let uniform = pageOf[page]
                            pageOf[page] = UInt8(pages.count >> 8)
                            pages.append(contentsOf: repeatElement(uniform, count: 256))
                        }
                        let base = Int(pageOf[page]) << 8
                        for low in (scalar & 0xFF)...((stop - 1) & 0xFF) {
                            pages[base + low] = value
                        }
                    }
                    scalar = stop
                }
            }
        }
        fill(UnicodeRanges.letters, ScalarClass.letter)
        fill(UnicodeRanges.numbers, ScalarClass.number)
        fill(UnicodeRanges.spaces, ScalarClass.space)

        var ofByte = [UInt8](repeating: ScalarClass.multibyte, count: 256)
        for byte in 0..<128 {
            ofByte[byte] = pages[Int(pageOf[0]) << 8 + byte]
        }
        self.ofByte = Self.immortal(ofByte)
        self.pageOf = Self.immortal(pageOf)
        self.pages = Self.immortal(pages)
    }

    private static func immortal(_ bytes: [UInt8]) -> UnsafePointer<UInt8> {
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
        copy.initialize(from: bytes, count: bytes.count)
        return UnsafePointer(copy)
    }

    /// The class of a scalar value below 0x110000.
    @inline(__always)
    func ofScalar(_ value: UInt32) -> UInt8 {
        pages[Int(pageOf[Int(value >> 8)]) << 8 | Int(value & 0xFF)]
    }

    /// The class and the length of the character at `start`, which is below `end`.
    ///
    /// A byte that does not begin a valid UTF-8 sequence (Unicode 16.0, table 3-7) is one
    /// character of class `other`.
    @inline(__always)
    func character(
        at start: Int, in bytes: UnsafePointer<UInt8>, end: Int
    ) -> (kind: UInt8, length: Int) {
        let kind = ofByte[Int(bytes[start])]
        return kind == ScalarClass.multibyte ? multibyte(at: start, in: bytes, end: end) : (kind, 1)
    }

    @inline(never)
    private func multibyte(
        at start: Int, in bytes: UnsafePointer<UInt8>, end: Int
    ) -> (kind: UInt8, length: Int) {
        let (value, length) = UTF8Decoding.scalar(at: start, in: bytes, end: end)
        return (length == 0 ? ScalarClass.other : ofScalar(value), max(length, 1))
    }
}

/// Strict decoding of one UTF-8 character.
package enum UTF8Decoding {
    /// The scalar at `start` and its length in bytes; length 0 when the bytes there are not UTF-8.
    @inline(__always)
    package static func scalar(
        at start: Int, in bytes: UnsafePointer<UInt8>, end: Int
    ) -> (value: UInt32, length: Int) {
        let lead = UInt32(bytes[start])
        if lead < 0x80 { return (lead, 1) }
        guard lead >= 0xC2, start + 1 < end else { return (0, 0) }
        let second = UInt32(bytes[start + 1])
        guard second & 0xC0 == 0x80 else { return (0, 0) }
        if lead < 0xE0 { return ((lead & 0x1F) << 6 | second & 0x3F, 2) }
        guard start + 2 < end else { return (0, 0) }
        let third = UInt32(bytes[start + 2])
        guard third & 0xC0 == 0x80 else { return (0, 0) }
        if lead < 0xF0 {
            let value = (lead & 0x0F) << 12 | (second & 0x3F) << 6 | third & 0x3F
            let isValid = value >= 0x800 && value & 0xFFFF_F800 != 0xD800
            return isValid ? (value, 3) : (0, 0)
        }
        guard lead < 0xF5, start + 3 < end else { return (0, 0) }
        let fourth = UInt32(bytes[start + 3])
        guard fourth & 0xC0 == 0x80 else { return (0, 0) }
        let high = (lead & 0x07) << 18 | (second & 0x3F) << 12
        let value = high | (third & 0x3F) << 6 | fourth & 0x3F
        return value >= 0x10000 && value < 0x110000 ? (value, 4) : (0, 0)
    }
}
