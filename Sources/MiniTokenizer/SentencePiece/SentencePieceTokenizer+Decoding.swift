extension SentencePieceTokenizer {
    /// The bytes a token stands for inside a text: `▁` is a space, a control piece nothing.
    public func bytes(of token: Int32) -> [UInt8]? {
        text(of: token)?.bytes
    }

    /// The bytes of tokens, one after the other, without the space that encoding puts in front.
    public func decodeBytes(_ tokens: some Sequence<Int32>) -> [UInt8] {
        decodeBytes(tokens, repairs: false)
    }

    /// The text of tokens. Of a run of byte pieces each byte that belongs to no character reads as
    /// U+FFFD, and so does a token that does not exist.
    public func decode(_ tokens: some Sequence<Int32>) -> String {
        let bytes = decodeBytes(tokens, repairs: true)
        guard let denormalizer = model.denormalizer else {
            return String(decoding: bytes, as: UTF8.self)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return String(decoding: denormalizer.normalize(text).bytes, as: UTF8.self)
    }

    /// A decoder that takes one token at a time. It leaves out a denormalisation that the model
    /// may ask for, which sees whole texts only.
    public func streamingDecoder() -> StreamingDecoder {
        StreamingDecoder(leadingMarks: leadingMarks) { text(of: $0) }
    }

    private var leadingMarks: StreamingDecoder.LeadingMarks {
        let normalization = model.settings.normalization
        if normalization.removesExtraWhitespace { return .dropAll }
        return normalization.addsDummyPrefix ? .dropOne : .keep
    }

    private func decodeBytes(_ tokens: some Sequence<Int32>, repairs: Bool) -> [UInt8] {
        var joiner = TokenJoiner(leadingMarks: leadingMarks, repairs: repairs)
        for token in tokens { joiner.append(text(of: token) ?? .missing) }
        return joiner.finish()
    }

    private func text(of token: Int32) -> TokenText? {
        guard has(token) else { return nil }
        let vocabulary = model.vocabulary
        let piece = vocabulary.table.piece(token)
        switch vocabulary.kinds[Int(token)] {
        case .control: return TokenText(bytes: [])
        case .unknown: return TokenText(bytes: model.unknownSurface)
        case .byte:
            return TokenText(bytes: PieceVocabulary.byte(piece).map { [$0] } ?? [], isByte: true)
        case .normal, .userDefined, .unused: break
        }
        let mark = PieceVocabulary.spaceMark
        var text = TokenText(bytes: [], beginsWithMark: piece.starts(with: mark))
        text.bytes.reserveCapacity(piece.count)
        var index = 0
        while index < piece.count {
            if piece[index] == mark[0], piece.count - index >= 3, piece[index + 1] == mark[1],
                piece[index + 2] == mark[2]
            {
                text.bytes.append(0x20)
                index += 3
            } else {
                text.bytes.append(piece[index])
                index += 1
            }
        }
        return text
    }
}
