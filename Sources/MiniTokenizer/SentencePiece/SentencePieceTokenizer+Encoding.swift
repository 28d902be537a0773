extension SentencePieceTokenizer {
    /// The tokens of a text, without begin and end markers.
    public func encode(_ text: String) -> [Int32] {
        var tokens: [Int32] = []
        forEachToken(of: model.normalizer.normalize(text)) { token, _ in tokens.append(token) }
        return tokens
    }

    /// The tokens of a text between the markers that are asked for; a marker that the model does
    /// not have is left out.
    public func encode(_ text: String, addsBegin: Bool, addsEnd: Bool) -> [Int32] {
        (addsBegin ? [model.begin] : []).compactMap(\.self) + encode(text)
            + (addsEnd ? [model.end] : []).compactMap(\.self)
    }

    /// The tokens of bytes; bytes that are not UTF-8 read as U+FFFD.
    public func encode(bytes: some Collection<UInt8>) -> [Int32] {
        let normalized = Array(bytes).withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { model.normalizer.normalize($0, buffer.count) }
        }
        var tokens: [Int32] = []
        forEachToken(of: normalized ?? .init()) { token, _ in tokens.append(token) }
        return tokens
    }

    /// The pieces of a text. An unknown piece is the (normalised) text that is unknown.
    public func pieces(of text: String) -> [String] {
        let normalized = model.normalizer.normalize(text)
        var pieces: [String] = []
        forEachToken(of: normalized) { token, range in
            let isText = has(token) && model.vocabulary.kinds[Int(token)] != .byte
            pieces.append(
                isText
                    ? String(decoding: normalized.bytes[range], as: UTF8.self)
                    : piece(of: token) ?? "")
        }
        return pieces
    }

    /// The text after normalisation, with `▁` for spaces: what is then cut into pieces.
    public func normalized(_ text: String) -> String {
        String(decoding: model.normalizer.normalize(text).bytes, as: UTF8.self)
    }

    /// The tokens of a text, each with the UTF-8 bytes of the text as given that it comes from.
    ///
    /// Of a character that falls back to bytes the last token has the character's range, the
    /// others an empty one, as in the reference.
    public func spans(of text: String) -> [TokenSpan] {
        let normalized = model.normalizer.normalize(text, tracksOrigins: true)
        var spans: [TokenSpan] = []
        forEachToken(of: normalized) { token, range in
            let start = normalized.origins[range.lowerBound]
            spans.append(
                TokenSpan(token: token, byteRange: start..<normalized.origins[range.upperBound]))
        }
        return spans
    }

    /// Calls `body` for each token with its range in the normalised text: bytes of a character
    /// that falls back have empty ranges, but for the last, and unknown neighbours are one token.
    private func forEachToken(
        of normalized: SentencePieceNormalizer.Result, _ body: (Int32, Range<Int>) -> Void
    ) {
        let vocabulary = model.vocabulary
        normalized.bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, buffer.count > 0 else { return }
            let pieces: [EncodedPiece]
            switch model.settings.algorithm {
            case .unigram:
                guard let trie = model.trie else { return }
                pieces = UnigramEncoder(
                    vocabulary: vocabulary, trie: trie, lowestScore: model.lowestScore
                ).encode(base, buffer.count)
            case .bytePair:
                pieces = ScoredMergeEncoder(vocabulary).encode(base, buffer.count)
            case .character:
                pieces = WholePieceEncoder(vocabulary).characters(base, buffer.count)
            case .word: pieces = WholePieceEncoder(vocabulary).words(base, buffer.count)
            }
            var unknown: Range<Int>?
            for piece in pieces {
                guard piece.id == vocabulary.unknown || piece.id < 0 else {
                    if let range = unknown { body(vocabulary.unknown, range) }
                    unknown = nil
                    body(piece.id, piece.start..<piece.end)
                    continue
                }
                if vocabulary.ofByte.isEmpty {
                    unknown = (unknown?.lowerBound ?? piece.start)..<piece.end
                    continue
                }
                for index in piece.start..<piece.end {
                    let end = index == piece.end - 1 ? piece.end : piece.start
                    body(vocabulary.ofByte[Int(base[index])], piece.start..<end)
                }
            }
            if let range = unknown { body(vocabulary.unknown, range) }
        }
    }
}
