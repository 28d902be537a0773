extension BytePairTokenizer {
    /// The tokens of a text in which special tokens are ordinary text.
    ///
    /// - Throws: ``TokenizerError/splittingFailed(pattern:reason:)`` when the splitting rule is a
    ///   regular expression that gives up.
    public func encode(_ text: String) throws(TokenizerError) -> [Int32] {
        try encode(text, specialTokens: .asText)
    }

    /// The tokens of a text.
    ///
    /// - Parameter specialTokens: whether the name of a special token, where it stands in the
    ///   text, becomes that token.
    /// - Throws: as ``encode(_:)`` does.
    public func encode(
        _ text: String, specialTokens: SpecialTokenPolicy
    ) throws(TokenizerError) -> [Int32] {
        try withUTF8(of: text) { (bytes, count) throws(TokenizerError) in
            var target = TokenBuffer(capacity: count / 3 + 16)
            try encodeText(bytes, count, specialTokens, to: &target) { _, _ in }
            return target.array()
        }
    }

    /// The tokens of a text between those that the tokenizer's file adds, such as a marker of the
    /// beginning. Without such tokens the same as ``encode(_:specialTokens:)``.
    public func encode(
        _ text: String, specialTokens: SpecialTokenPolicy, addsSpecialTokens: Bool
    ) throws(TokenizerError) -> [Int32] {
        let tokens = try encode(text, specialTokens: specialTokens)
        guard addsSpecialTokens, let postProcessor = model.postProcessor else { return tokens }
        var processed = tokens.map { ProcessedToken(id: $0, name: "") }
        postProcessor.process(&processed, addsSpecialTokens: true)
        return processed.map(\.id)
    }

    /// The tokens of a text, each with the bytes it stands for.
    ///
    /// The ranges count the UTF-8 bytes of the text after normalisation (``normalizations``), so
    /// of the text itself for most tokenizers. The token of a prefix space that the tokenizer
    /// added begins at the same place as the text.
    ///
    /// - Throws: as ``encode(_:)`` does.
    public func spans(of text: String) throws(TokenizerError) -> [TokenSpan] {
        try spans(of: text, specialTokens: .asText)
    }

    /// The tokens of a text, each with the bytes it stands for.
    ///
    /// - Throws: as ``encode(_:)`` does.
    public func spans(
        of text: String, specialTokens: SpecialTokenPolicy
    ) throws(TokenizerError) -> [TokenSpan] {
        try withUTF8(of: text) { (bytes, count) throws(TokenizerError) in
            var target = TokenBuffer(capacity: count / 3 + 16)
            var spans: [TokenSpan] = []
            var position = 0
            try encodeText(bytes, count, specialTokens, to: &target) { newTokens, segment in
                if segment.isAddedToken {
                    let end = position + segment.byteCount
                    spans.append(TokenSpan(token: newTokens[0], byteRange: position..<end))
                    position = end
                    return
                }
                var end = position - segment.prefixLength
                for token in newTokens {
                    let start = max(end, position)
                    end += model.tokens.range(of: token)?.count ?? 0
                    spans.append(TokenSpan(token: token, byteRange: start..<max(end, start)))
                }
                position += segment.byteCount
            }
            return spans
        }
    }

    /// The tokens of bytes that may or may not be UTF-8; decoding gives the same bytes, but for those
    /// that the vocabulary has no token of, which UTF-8 never has.
    ///
    /// Valid UTF-8 is encoded as text is. After the first invalid byte no splitting rule applies:
    /// the last piece before it and everything after it are merged as one piece, which is what
    /// tiktoken does. Special tokens and normalisation play no part.
    ///
    /// - Throws: as ``encode(_:)`` does.
    public func encode(bytes: some Collection<UInt8>) throws(TokenizerError) -> [Int32] {
        let copy = ContiguousArray(bytes)
        let scratch = model.scratches.take()
        defer { model.scratches.give(scratch) }
        let tokens: [Int32] = copy.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, buffer.count > 0 else { return [] }
            var valid = 0
            while valid < buffer.count {
                let length = UTF8Decoding.scalar(at: valid, in: base, end: buffer.count).length
                if length == 0 { break }
                valid += length
            }
            var target = TokenBuffer(capacity: buffer.count / 3 + 16)
            withEncoder(scratch) { encoder in
                var lastPieceStart = 0
                do throws(TokenizerError) {
                    try model.splitter.forEachPiece(in: base, 0..<valid) { start, end in
                        lastPieceStart = target.count
                        encoder.encodePiece(base, start, end, count: buffer.count, to: &target)
                    }
                } catch {
                    scratch.failure = error
                }
                if valid < buffer.count {
                    lastPieceStart = startOfTrailingSpaces(lastPieceStart, in: target)
                    var length = 0
                    for index in lastPieceStart..<target.count {
                        length += model.tokens.range(of: target.base[index])?.count ?? 0
                    }
                    target.count = lastPieceStart
                    encoder.encodePiece(
                        base, valid - length, buffer.count, count: buffer.count, to: &target,
                        prefersWholePiece: true)
                }
            }
            // A vocabulary may lack the bytes that UTF-8 never has.
            return hasAllBytes ? target.array() : target.array().filter { $0 >= 0 }
        }
        try scratch.throwFailure()
        return tokens
    }

    /// Whether every byte has a token, also those that UTF-8 never has.
    private var hasAllBytes: Bool { !model.ofByte.contains(-1) }

    /// When the last piece begins with a token of white space, the tokens of white space before
    /// it could merge with what follows: tiktoken takes them along.
    private func startOfTrailingSpaces(_ start: Int, in tokens: borrowing TokenBuffer) -> Int {
        func isSpace(_ index: Int) -> Bool {
            guard let range = model.tokens.range(of: tokens.base[index]) else { return false }
            return model.tokens.bytes[range].allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 }
        }
        var start = start
        guard start < tokens.count, isSpace(start) else { return start }
        while start > 0, isSpace(start - 1) { start -= 1 }
        return start
    }

    func withUTF8<Value, Failure: Error>(
        of text: String, _ body: (UnsafePointer<UInt8>, Int) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        var text = text
        let result: Result<Value, Failure> = text.withUTF8 { buffer in
            withUnsafePointer(to: UInt8(0)) { nothing in
                Result { () throws(Failure) in
                    try body(buffer.baseAddress ?? nothing, buffer.count)
                }
            }
        }
        return try result.get()
    }
}

/// A stretch of text whose tokens have just been written.
struct EncodedSegment {
    var byteCount: Int
    var isAddedToken = false
    /// 1 when a space was put before the stretch.
    var prefixLength = 0
}

extension BytePairTokenizer {
    /// Encodes a valid UTF-8 text: added tokens, normalisation, prefix space, pieces, merges.
    ///
    /// `body` is called after each stretch with its tokens.
    ///
    /// - Throws: as ``encode(_:)`` does.
    func encodeText(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ policy: SpecialTokenPolicy,
        to target: inout TokenBuffer,
        _ body: (UnsafeBufferPointer<Int32>, EncodedSegment) -> Void
    ) throws(TokenizerError) {
        let scratch = model.scratches.take()
        defer { model.scratches.give(scratch) }
        withEncoder(scratch) { encoder in
            for segment in model.rawMatcher.segments(of: bytes, 0..<count, policy: policy) {
                if let token = segment.token {
                    target.append(token.id)
                    body(
                        UnsafeBufferPointer(start: target.base + target.count - 1, count: 1),
                        EncodedSegment(byteCount: segment.range.count, isAddedToken: true))
                } else if model.settings.normalizations.isEmpty {
                    encodeNormalized(bytes, segment.range, policy, encoder, to: &target, body)
                } else {
                    encodeNormalizing(bytes, segment.range, policy, encoder, to: &target, body)
                }
            }
        }
        try scratch.throwFailure()
    }

    private func encodeNormalizing(
        _ bytes: UnsafePointer<UInt8>, _ range: Range<Int>, _ policy: SpecialTokenPolicy,
        _ encoder: PieceEncoder, to target: inout TokenBuffer,
        _ body: (UnsafeBufferPointer<Int32>, EncodedSegment) -> Void
    ) {
        var text = String(
            decoding: UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count),
            as: UTF8.self)
        for normalization in model.settings.normalizations { text = normalization.apply(text) }
        withUTF8(of: text) { normalized, count in
            encodeNormalized(normalized, 0..<count, policy, encoder, to: &target, body)
        }
    }

    /// Looks for the added tokens that the first pass leaves to normalised text.
    private func encodeNormalized(
        _ bytes: UnsafePointer<UInt8>, _ range: Range<Int>, _ policy: SpecialTokenPolicy,
        _ encoder: PieceEncoder, to target: inout TokenBuffer,
        _ body: (UnsafeBufferPointer<Int32>, EncodedSegment) -> Void
    ) {
        for segment in model.normalizedMatcher.segments(of: bytes, range, policy: policy) {
            if let token = segment.token {
                target.append(token.id)
                body(
                    UnsafeBufferPointer(start: target.base + target.count - 1, count: 1),
                    EncodedSegment(byteCount: segment.range.count, isAddedToken: true))
            } else {
                encodePlain(bytes, segment.range, encoder, to: &target, body)
            }
        }
    }

    private func encodePlain(
        _ bytes: UnsafePointer<UInt8>, _ range: Range<Int>, _ encoder: PieceEncoder,
        to target: inout TokenBuffer,
        _ body: (UnsafeBufferPointer<Int32>, EncodedSegment) -> Void
    ) {
        let before = target.count
        var segment = EncodedSegment(byteCount: range.count)
        if model.settings.addsPrefixSpace, bytes[range.lowerBound] != 0x20 {
            var prefixed: [UInt8] = [0x20]
            prefixed.append(
                contentsOf: UnsafeBufferPointer(
                    start: bytes + range.lowerBound, count: range.count))
            prefixed.withUnsafeBufferPointer { buffer in
                encoder.encodePieces(
                    buffer.baseAddress!, 0..<buffer.count, model.splitter, to: &target)
            }
            segment.prefixLength = 1
        } else {
            encoder.encodePieces(bytes, range, model.splitter, to: &target)
        }
        body(
            UnsafeBufferPointer(start: target.base + before, count: target.count - before), segment)
    }

    /// Opens the tables for the time of `body`.
    func withEncoder<Result>(
        _ scratch: EncodingScratch, _ body: (PieceEncoder) -> Result
    ) -> Result {
        model.ofByte.withUnsafeBufferPointer { ofByte in
            model.made.withUnsafeBufferPointer { made in
                model.table.entries.withUnsafeBufferPointer { entries in
                    withUnsafePointer(to: Int32(0)) { nothing in
                        let view = MergeTable.View(
                            entries: entries.baseAddress!, count: entries.count)
                        let loop = MergeLoop(
                            ofByte: ofByte.baseAddress!, merges: view,
                            made: made.baseAddress ?? nothing, mergeCount: made.count)
                        return body(
                            PieceEncoder(
                                loop: loop, scratch: scratch,
                                wholePieces: model.settings.prefersWholePieces, tokens: model.tokens
                            ))
                    }
                }
            }
        }
    }
}
