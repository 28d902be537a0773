/// A text on its way to tokens: what it has become, and where in the text as given each byte comes
/// from.
///
/// The rules for where a changed character comes from are those of Hugging Face's
/// `NormalizedString`, so that the places of tokens are theirs.
public struct NormalizedText: Sendable {
    /// The bytes of the text as given that a byte of the text as it is now comes from.
    struct Origin: Hashable, Sendable {
        var start, end: Int32
    }

    /// The text as it is now, in UTF-8.
    public private(set) var bytes: [UInt8]
    private(set) var origins: [Origin]
    /// The bytes of the text as given that this is made of.
    public private(set) var originalRange: Range<Int>

    /// A text as it was given.
    public init(_ text: String) { self.init(bytes: Array(text.utf8)) }

    init(bytes: [UInt8]) {
        precondition(
            bytes.count < Int(Int32.max),
            "A text of \(bytes.count) bytes is too long to be encoded in one piece: cut it.")
        self.bytes = bytes
        origins = []
        origins.reserveCapacity(bytes.count)
        originalRange = 0..<bytes.count
        forEachScalar { _, range in
            let origin = Origin(start: Int32(range.lowerBound), end: Int32(range.upperBound))
            for _ in range { origins.append(origin) }
        }
    }

    /// Whether nothing is left.
    public var isEmpty: Bool { bytes.isEmpty }

    /// The text as it is now.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// The characters of the text as it is now.
    var scalars: [Unicode.Scalar] {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(bytes.count)
        forEachScalar { scalar, _ in scalars.append(scalar) }
        return scalars
    }

    /// Calls `body` for each character with its bytes.
    public func forEachScalar(_ body: (Unicode.Scalar, Range<Int>) -> Void) {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var index = 0
            while index < buffer.count {
                let (value, length) = UTF8Decoding.scalar(at: index, in: base, end: buffer.count)
                let end = index + max(length, 1)
                body(Unicode.Scalar(value) ?? "\u{FFFD}", index..<end)
                index = end
            }
        }
    }

    /// The bytes of the text as given that some bytes come from. An empty range gives an empty one.
    public func originalRange(of range: Range<Int>) -> Range<Int> {
        if range.isEmpty {
            if bytes.isEmpty { return originalRange }
            let place = originalRange.lowerBound + range.lowerBound
            return place..<place
        }
        let start = Int(origins[range.lowerBound].start)
        return start..<max(start, Int(origins[range.upperBound - 1].end))
    }

    /// A part of the text.
    public func slice(_ range: Range<Int>) -> NormalizedText {
        var part = self
        part.originalRange = originalRange(of: range)
        guard range != bytes.indices else { return part }
        part.bytes = Array(bytes[range])
        part.origins = Array(origins[range])
        return part
    }

    /// The whole text as other characters.
    ///
    /// Each character says how it came about: 0 replaces the next one, 1 was inserted and comes from
    /// where the one before it does, -n replaces the next one and n more.
    ///
    /// - Parameter skipped: how many characters at the start are left out.
    public mutating func transform(
        _ characters: [(scalar: Unicode.Scalar, change: Int)], skipping skipped: Int = 0
    ) {
        transform(bytes.indices, to: characters, skipping: skipped)
    }

    mutating func transform(
        _ range: Range<Int>, to characters: [(scalar: Unicode.Scalar, change: Int)],
        skipping skipped: Int = 0
    ) {
        var newBytes: [UInt8] = []
        var newOrigins: [Origin] = []
        newBytes.reserveCapacity(characters.count)
        newOrigins.reserveCapacity(characters.count)
        var place = range.lowerBound
        for _ in 0..<skipped { place = end(ofScalarAt: place) }
        let outside = Origin(
            start: Int32(originalRange.lowerBound), end: Int32(originalRange.lowerBound))
        for (scalar, change) in characters {
            let origin: Origin
            if change > 0 {
                origin = place < 1 ? outside : origins[place - 1]
            } else {
                origin = place < origins.count ? origins[place] : origins.last ?? outside
                for _ in 0...(-change) { place = end(ofScalarAt: place) }
            }
            for byte in UTF8.encode(scalar)! {
                newBytes.append(byte)
                newOrigins.append(origin)
            }
        }
        if range == bytes.indices {
            bytes = newBytes
            origins = newOrigins
        } else {
            bytes.replaceSubrange(range, with: newBytes)
            origins.replaceSubrange(range, with: newOrigins)
        }
    }

    private func end(ofScalarAt place: Int) -> Int {
        guard place < bytes.count else { return place }
        switch bytes[place] {
        case 0xC0...0xDF: return min(place + 2, bytes.count)
        case 0xE0...0xEF: return min(place + 3, bytes.count)
        case 0xF0...0xFF: return min(place + 4, bytes.count)
        default: return place + 1
        }
    }

    /// Replaces each character by another one.
    public mutating func map(_ body: (Unicode.Scalar) -> Unicode.Scalar) {
        var characters: [(scalar: Unicode.Scalar, change: Int)] = []
        characters.reserveCapacity(bytes.count)
        forEachScalar { scalar, _ in characters.append((body(scalar), 0)) }
        transform(characters)
    }

    /// Leaves characters out.
    public mutating func filter(_ keeps: (Unicode.Scalar) -> Bool) {
        var newBytes: [UInt8] = []
        var newOrigins: [Origin] = []
        forEachScalar { scalar, range in
            guard keeps(scalar) else { return }
            newBytes.append(contentsOf: bytes[range])
            newOrigins.append(contentsOf: origins[range])
        }
        bytes = newBytes
        origins = newOrigins
    }

    /// Puts a text in front, which comes from where the first character does. Nothing goes in front
    /// of an empty text.
    public mutating func prepend(_ text: String) {
        guard !isEmpty, !text.isEmpty else { return }
        let first = end(ofScalarAt: 0)
        let next = String(decoding: bytes[..<first], as: UTF8.self).unicodeScalars.first!
        var characters = text.unicodeScalars.enumerated().map {
            (scalar: $0.element, change: $0.offset == 0 ? 0 : 1)
        }
        characters.append((next, 1))
        transform(0..<first, to: characters)
    }

    /// Replaces what a pattern matches; the replacement comes from where the end of the match does.
    mutating func replace(_ pattern: TextPattern, with content: String) throws(TokenizerError) {
        var newBytes: [UInt8] = []
        var newOrigins: [Origin] = []
        let replacement = Array(content.utf8)
        let outside = Origin(
            start: Int32(originalRange.lowerBound), end: Int32(originalRange.lowerBound))
        var isChanged = false
        for (range, isMatch) in try pattern.matches(in: bytes) {
            if isMatch {
                isChanged = true
                let origin = range.upperBound < 1 ? outside : origins[range.upperBound - 1]
                newBytes.append(contentsOf: replacement)
                newOrigins.append(contentsOf: repeatElement(origin, count: replacement.count))
            } else {
                newBytes.append(contentsOf: bytes[range])
                newOrigins.append(contentsOf: origins[range])
            }
        }
        guard isChanged else { return }
        bytes = newBytes
        origins = newOrigins
    }
}
