import MiniTokenizer

/// Turns tokens into events: reports, whole characters, and the reason to end.
struct TextAssembler: Sendable {
    /// The tokens that end the text.
    let endTokens: Set<Int32>
    /// Which stop string came.
    private(set) var stopString: String?

    private let tokenizer: any TextTokenizer
    private let options: GenerationOptions
    private var decoder: StreamingDecoder
    private var stops: StopMatcher

    init(tokenizer: any TextTokenizer, options: GenerationOptions) {
        var endTokens = options.stopTokens
        if options.stopsAtEndOfText, let end = tokenizer.endOfText { endTokens.insert(end) }
        self.endTokens = endTokens
        self.tokenizer = tokenizer
        self.options = options
        decoder = tokenizer.streamingDecoder()
        stops = StopMatcher(options.stopStrings)
    }

    /// Turns a token into events, or into the reason to end.
    ///
    /// - Parameters:
    ///   - logits: what it was chosen from.
    ///   - stages: what the sampler did.
    mutating func take(
        _ token: Int32, logits: [Float], stages: [StageReport], _ emit: (GenerationEvent) -> Void
    ) -> GenerationSummary.StopReason? {
        let bytes = bytes(of: token)
        if let alternatives = options.alternatives {
            emit(
                .token(
                    GeneratedToken(
                        token, bytes: bytes, logits: logits, alternatives: alternatives,
                        stages: stages)))
        }
        if options.stopTokens.contains(token) { return .stopToken }
        if options.stopsAtEndOfText, token == tokenizer.endOfText { return .endOfText }
        let (through, stop) = stops.append(bytes)
        send(through, emit)
        guard let stop else { return nil }
        stopString = options.stopStrings[stop]
        return .stopString
    }

    /// Emits what was held back. Of a stop string nothing is left; after any other end it is text.
    mutating func finish(
        _ reason: GenerationSummary.StopReason?, _ emit: (GenerationEvent) -> Void
    ) {
        if reason != .stopString { send(stops.finish(), emit) }
        let rest = decoder.finish()
        if !rest.isEmpty { emit(.text(rest)) }
    }

    private func bytes(of token: Int32) -> [UInt8] {
        if !options.showsSpecialTokens, tokenizer.isSpecial(token) { return [] }
        return tokenizer.bytes(of: token) ?? Array("\u{FFFD}".utf8)
    }

    private mutating func send(_ bytes: [UInt8], _ emit: (GenerationEvent) -> Void) {
        guard !bytes.isEmpty else { return }
        let text = decoder.append(bytes: bytes)
        if !text.isEmpty { emit(.text(text)) }
    }
}
