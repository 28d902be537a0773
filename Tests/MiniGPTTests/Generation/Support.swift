import Foundation
import MiniGPT
import Testing

/// A tokenizer of given pieces of bytes; encodes greedily, the longest piece first.
struct PieceTokenizer: TextTokenizer {
    let pieces: [[UInt8]]
    var endOfText: Int32?

    var vocabularySize: Int { pieces.count + (endOfText == nil ? 0 : 1) }

    /// All bytes, then these pieces, then the end of text.
    init(_ pieces: [String] = [], hasEnd: Bool = true) {
        self.init(bytes: (0...255).map { [$0] } + pieces.map { Array($0.utf8) }, hasEnd: hasEnd)
    }

    init(bytes: [[UInt8]], hasEnd: Bool = true) {
        pieces = bytes
        endOfText = hasEnd ? Int32(bytes.count) : nil
    }

    func encode(_ text: String) throws(TokenizerError) -> [Int32] {
        encode(Array(text.utf8))
    }

    func encode(_ bytes: [UInt8]) -> [Int32] {
        var result: [Int32] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let fitting = pieces.indices.filter { rest.starts(with: pieces[$0]) }
            guard let best = fitting.max(by: { pieces[$0].count < pieces[$1].count }) else {
                preconditionFailure("The pieces do not have the byte \(rest.first ?? 0).")
            }
            result.append(Int32(best))
            rest = rest.dropFirst(pieces[best].count)
        }
        return result
    }

    func spans(of text: String) throws(TokenizerError) -> [TokenSpan] { [] }

    func bytes(of token: Int32) -> [UInt8]? {
        pieces.indices.contains(Int(token)) ? pieces[Int(token)] : nil
    }

    func isSpecial(_ token: Int32) -> Bool { token == endOfText }
}

/// A model that says what a function says.
struct ScriptedPredictor: TokenPredictor {
    let vocabularySize: Int
    let contextLength: Int
    private(set) var tokens: [Int32] = []
    private(set) var logits: [Float] = []
    /// How many tokens were read, and in how many passes.
    private(set) var readCount = 0
    private(set) var passCount = 0
    private let rule: @Sendable ([Int32]) -> [Float]

    init(
        vocabularySize: Int, contextLength: Int = 1_000,
        rule: @escaping @Sendable ([Int32]) -> [Float]
    ) {
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.rule = rule
    }

    /// One that writes these tokens after the prompt, and then the last of them again and again.
    init(
        writing script: [Int32], afterPrompt count: Int, vocabularySize: Int,
        contextLength: Int = 1_000
    ) {
        self.init(vocabularySize: vocabularySize, contextLength: contextLength) { tokens in
            var logits = [Float](repeating: 0, count: vocabularySize)
            let place = min(tokens.count - count, script.count - 1)
            logits[Int(script[max(place, 0)])] = 30
            return logits
        }
    }

    mutating func read(_ more: some Collection<Int32>) {
        precondition(tokens.count + more.count <= contextLength, "Too many tokens were read.")
        tokens += more
        readCount += more.count
        passCount += 1
        logits = rule(tokens)
    }

    mutating func readAll(_ more: some Collection<Int32>) -> [[Float]] {
        precondition(tokens.count + more.count <= contextLength, "Too many tokens were read.")
        passCount += 1
        readCount += more.count
        return more.map { token in
            tokens.append(token)
            logits = rule(tokens)
            return logits
        }
    }

    mutating func keepFirst(_ count: Int) {
        precondition(count <= tokens.count, "There are not so many tokens.")
        tokens.removeLast(tokens.count - count)
    }
}

/// Logits that depend on the last few tokens in a way that looks random.
func scatteredLogits(after tokens: [Int32], count: Int, seed: UInt64 = 0) -> [Float] {
    var state = tokens.suffix(3).reduce(seed &+ 99) { $0 &* 31 &+ UInt64($1) }
    state = state &* 0x9E37_79B9_7F4A_7C15
    var generator = SplitMix64(seed: state)
    return (0..<count).map { _ in generator.nextNormalPair().0 * 2 }
}

/// A small model with random weights.
func randomModel(
    vocabularySize: Int, contextLength: Int = 32, seed: UInt64 = 1, layers: Int = 2,
    loudness: Float = 20
) -> GPT {
    var generator = SplitMix64(seed: seed)
    var model = GPT(
        .init(
            vocabularySize: vocabularySize, contextLength: contextLength, layers: layers, heads: 2,
            width: 16), using: &generator)
    // By default louder than at the start of a training, so that its choices are clear.
    model.tokenEmbedding.weight = model.tokenEmbedding.weight * loudness
    return model
}

/// What a generation said.
struct Outcome {
    var text = ""
    var pieces: [String] = []
    var tokens: [GeneratedToken] = []
    var summary: GenerationSummary?

    mutating func take(_ event: GenerationEvent) {
        switch event {
        case .text(let piece):
            text += piece
            pieces.append(piece)
        case .token(let token): tokens.append(token)
        case .finished(let end): summary = end
        }
    }
}

extension TextGenerator {
    /// All of a generation.
    mutating func outcome(
        _ prompt: String, sampler: some Sampler = .greedy,
        _ options: GenerationOptions = GenerationOptions(), seed: UInt64 = 1
    ) throws -> Outcome {
        var outcome = Outcome()
        var random = SplitMix64(seed: seed)
        outcome.summary = try generate(prompt, sampler: sampler, options: options, using: &random) {
            outcome.take($0)
        }
        return outcome
    }
}

/// A JSON file among the goldens.
func samplingGolden(_ name: String) throws -> [String: Any] {
    let url = try #require(
        Bundle.module.url(forResource: "Goldens/Sampling/\(name)", withExtension: "json"))
    return try #require(
        try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
}

func floats(_ value: Any?) throws -> [Float] {
    try #require(value as? [Any]).map { ($0 as? NSNumber)?.floatValue ?? -.infinity }
}

func tokens(_ value: Any?) throws -> [Int32] {
    try #require(value as? [NSNumber]).map(\.int32Value)
}
