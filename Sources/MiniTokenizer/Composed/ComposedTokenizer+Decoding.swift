extension ComposedTokenizer {
    /// The bytes that a token adds to a text in which others precede it.
    public func bytes(of token: Int32) -> [UInt8]? {
        guard let name = parts.nameBytes(of: token) else { return nil }
        if parts.added[token] != nil { return name }
        guard let decoder = parts.decoder else { return name }
        let before = Array("x".utf8)
        let prefix = decoder.decode([before]).flatMap(\.self)
        let bytes = decoder.decode([before, name]).flatMap(\.self)
        guard bytes.starts(with: prefix) else { return decoder.decode([name]).flatMap(\.self) }
        let own = Array(bytes.dropFirst(prefix.count))
        // A byte alone is no character, but it is that byte.
        if own == StreamingDecoder.replacement, let byte = ByteFallbackDecoder.byte(name) {
            return [byte]
        }
        return own
    }

    /// The bytes of a sequence of tokens; without a decoder their names with blanks between them. A
    /// token that does not exist reads as U+FFFD.
    public func decodeBytes(_ tokens: some Sequence<Int32>) -> [UInt8] {
        decodeBytes(tokens, skippingSpecialTokens: false)
    }

    /// The bytes of a sequence of tokens, with or without the names of special tokens.
    public func decodeBytes(
        _ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool
    ) -> [UInt8] {
        var names: [[UInt8]] = []
        for token in tokens {
            if let name = parts.decodedName(
                of: token, skippingSpecialTokens: skippingSpecialTokens)
            {
                names.append(name)
            } else if parts.nameBytes(of: token) == nil {
                names.append(StreamingDecoder.replacement)
            }
        }
        guard let decoder = parts.decoder else { return Array(names.joined(separator: [0x20])) }
        return Array(decoder.decode(names).joined())
    }

    /// The text of tokens, with or without the names of special tokens.
    public func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) -> String {
        String(
            decoding: decodeBytes(tokens, skippingSpecialTokens: skippingSpecialTokens),
            as: UTF8.self)
    }

    /// A decoder that takes one token at a time.
    public func streamingDecoder() -> StreamingDecoder {
        StreamingDecoder(reach: parts.decoder?.reach ?? .tokensBefore) { decodeBytes($0) }
    }
}
