/// What SentencePiece does to a text before it is encoded: characters are replaced, spaces become
/// marks, a mark is put in front.
struct SentencePieceNormalizer: Sendable {
    private let map: CharacterMap?
    private let userDefined: PieceTrie?
    private let addsDummyPrefix: Bool
    private let removesExtraWhitespace: Bool
    private let whitespaceIsSuffix: Bool
    private let spaceMark: [UInt8]

    init(
        _ settings: SentencePieceSettings.Normalization, userDefined: PieceTrie?,
        whitespaceIsSuffix: Bool, file: String, entry: String
    ) throws(TokenizerError) {
        map =
            settings.characterMap.isEmpty
            ? nil : try CharacterMap(settings.characterMap, file: file, entry: entry)
        self.userDefined = userDefined
        self.whitespaceIsSuffix = whitespaceIsSuffix
        addsDummyPrefix = settings.addsDummyPrefix
        removesExtraWhitespace = settings.removesExtraWhitespace
        spaceMark = settings.escapesWhitespace ? PieceVocabulary.spaceMark : [0x20]
    }

    /// A normalised text.
    struct Result {
        var bytes: [UInt8] = []
        /// For each byte, and for the end, where it comes from in the text as given. Empty when
        /// nobody asked, and for an empty text.
        var origins: [Int] = []
    }

    /// What a prefix of the text becomes, and how long that prefix is.
    private struct Replacement {
        var text: UnsafeBufferPointer<UInt8>
        var consumed: Int
        /// The prefix is not UTF-8 and becomes U+FFFD.
        var isInvalid = false
    }

    private static let replacementCharacter: [UInt8] = [0xEF, 0xBF, 0xBD]

    @inline(__always)
    private func replacement(
        at start: Int, in bytes: UnsafePointer<UInt8>, _ count: Int
    ) -> Replacement {
        if let userDefined {
            let length = userDefined.longestMatch(at: start, in: bytes, count)
            if length > 0 {
                return Replacement(
                    text: UnsafeBufferPointer(start: bytes + start, count: length),
                    consumed: length)
            }
        }
        if let map, let match = map.longestMatch(at: start, in: bytes, count) {
            return Replacement(text: match.text, consumed: match.length)
        }
        let length = UTF8Decoding.scalar(at: start, in: bytes, end: count).length
        return Replacement(
            text: UnsafeBufferPointer(start: bytes + start, count: length),
            consumed: max(length, 1), isInvalid: length == 0)
    }

    func normalize(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, tracksOrigins: Bool = false
    ) -> Result {
        var result = Result()
        var position = 0
        if removesExtraWhitespace {
            while position < count {
                let next = replacement(at: position, in: bytes, count)
                guard next.text.count == 1, next.text[0] == 0x20 else { break }
                position += next.consumed
            }
        }
        guard position < count else { return result }
        result.bytes.reserveCapacity(count + count / 2)
        if tracksOrigins { result.origins.reserveCapacity(count + count / 2) }
        func addSpace() {
            result.bytes.append(contentsOf: spaceMark)
            if tracksOrigins {
                for _ in spaceMark { result.origins.append(position) }
            }
        }
        if !whitespaceIsSuffix, addsDummyPrefix { addSpace() }
        var followsSpace = removesExtraWhitespace
        while position < count {
            let next = replacement(at: position, in: bytes, count)
            if next.isInvalid {
                result.bytes.append(contentsOf: Self.replacementCharacter)
                if tracksOrigins { result.origins += [position, position, position] }
                followsSpace = false
            } else {
                var first = 0
                if followsSpace {
                    while first < next.text.count, next.text[first] == 0x20 { first += 1 }
                }
                for index in first..<next.text.count {
                    if next.text[index] == 0x20 {
                        addSpace()
                    } else {
                        result.bytes.append(next.text[index])
                        if tracksOrigins { result.origins.append(position) }
                    }
                }
                if first < next.text.count { followsSpace = next.text.last == 0x20 }
            }
            position += next.consumed
            if !removesExtraWhitespace { followsSpace = false }
        }
        if removesExtraWhitespace {
            while result.bytes.count >= spaceMark.count,
                result.bytes.suffix(spaceMark.count).elementsEqual(spaceMark)
            {
                result.bytes.removeLast(spaceMark.count)
                if tracksOrigins {
                    position = result.origins[result.bytes.count]
                    result.origins.removeLast(spaceMark.count)
                }
            }
        }
        if whitespaceIsSuffix, addsDummyPrefix { addSpace() }
        if tracksOrigins { result.origins.append(position) }
        return result
    }

    func normalize(_ text: String, tracksOrigins: Bool = false) -> Result {
        var text = text
        return text.withUTF8 { buffer in
            guard let base = buffer.baseAddress else { return Result() }
            return normalize(base, buffer.count, tracksOrigins: tracksOrigins)
        }
    }
}
