/// What a token reads as, with what matters around it. For tokenizers of SentencePiece's family.
package struct TokenText: Sendable {
    /// The bytes.
    package var bytes: [UInt8]
    /// The first byte is a space that may be left out where the text begins.
    package var beginsWithMark: Bool
    /// The bytes may be part of a character; those of other tokens are whole characters.
    package var isByte: Bool

    package init(bytes: [UInt8], beginsWithMark: Bool = false, isByte: Bool = false) {
        self.bytes = bytes
        self.beginsWithMark = beginsWithMark
        self.isByte = isByte
    }

    /// What a token reads as that does not exist: U+FFFD.
    package static let missing = TokenText(bytes: StreamingDecoder.replacement)
}

extension StreamingDecoder {
    /// What happens to the space marks before the first text.
    package enum LeadingMarks: Sendable {
        /// They are spaces like others.
        case keep
        /// The first token's is left out.
        case dropOne
        /// One of every token is left out.
        case dropAll
    }
}

/// Joins the texts of tokens.
package struct TokenJoiner {
    private var leadingMarks: StreamingDecoder.LeadingMarks
    private let repairs: Bool
    private var result: [UInt8] = []
    /// Where the run of byte tokens at the end begins.
    private var bytesStart: Int?

    /// With `repairs` bytes that are not UTF-8 become U+FFFD, each of them.
    package init(leadingMarks: StreamingDecoder.LeadingMarks, repairs: Bool) {
        self.leadingMarks = leadingMarks
        self.repairs = repairs
    }

    package mutating func append(_ text: TokenText) {
        if text.isByte {
            if bytesStart == nil { bytesStart = result.count }
            result.append(contentsOf: text.bytes)
            return
        }
        endBytes()
        result.append(
            contentsOf: leadingMarks.apply(to: text, isAtStart: result.isEmpty))
    }

    private mutating func endBytes() {
        guard let start = bytesStart else { return }
        bytesStart = nil
        guard repairs else { return }
        let bytes = Array(result[start...])
        result.removeSubrange(start...)
        result.append(contentsOf: StreamingDecoder.repaired(bytes[...]))
    }

    package consuming func finish() -> [UInt8] {
        endBytes()
        return result
    }
}

extension StreamingDecoder.LeadingMarks {
    /// The bytes of a token, perhaps without their first one.
    mutating func apply(to text: TokenText, isAtStart: Bool) -> ArraySlice<UInt8> {
        switch self {
        case .keep: return text.bytes[...]
        case .dropOne:
            guard isAtStart else {
                self = .keep
                return text.bytes[...]
            }
            guard text.beginsWithMark else { return text.bytes[...] }
            self = .keep
            return text.bytes.dropFirst()
        case .dropAll:
            return isAtStart && text.beginsWithMark ? text.bytes.dropFirst() : text.bytes[...]
        }
    }
}

extension StreamingDecoder {
    /// Bytes with U+FFFD in place of each byte that belongs to no character.
    static func repaired(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var index = 0
            while index < buffer.count {
                let length = UTF8Decoding.scalar(at: index, in: base, end: buffer.count).length
                if length == 0 {
                    result.append(contentsOf: replacement)
                } else {
                    result.append(
                        contentsOf: UnsafeBufferPointer(start: base + index, count: length))
                }
                index += max(length, 1)
            }
        }
        return result
    }
}
