import MiniNN
import MiniTensor
import MiniTokenizer

/// Chooses the next token of a text from the model's logits: forbids what the options and the grammar
/// do not allow, samples, and appends the token to the history.
struct TokenChooser<Chooser: Sampler>: Sendable {
    private(set) var history: TokenHistory
    /// The model's logits that the last token was chosen from.
    private(set) var lastLogits: [Float] = []
    private(set) var lastReports: [StageReport] = []

    private var sampler: Chooser
    private var matcher: TokenConstraint.Matcher?
    private let endTokens: Set<Int32>
    private let minimumTokens: Int
    private let reportLimit: Int

    /// A chooser that has chosen nothing.
    ///
    /// - Precondition: the prompt has at least one token.
    init(
        prompt: [Int32], sampler: Chooser, options: GenerationOptions, endTokens: Set<Int32>,
        vocabularySize: Int
    ) {
        precondition(!prompt.isEmpty, "A model needs at least one token to continue from.")
        history = TokenHistory(prompt: prompt)
        self.sampler = sampler
        matcher = options.constraint?.matcher(
            endTokens: endTokens, vocabularySize: vocabularySize)
        self.endTokens = endTokens
        minimumTokens = options.minimumTokens
        reportLimit = options.alternatives == nil ? 0 : options.stageReports
    }

    /// Whether the text is whole by the grammar, and nothing can follow.
    var isFinished: Bool { matcher?.isFinished == true }

    /// Whether the text so far is a whole one by the grammar.
    var isGrammarComplete: Bool? { matcher?.mayEnd }

    /// The next token, after these logits.
    mutating func choose(
        _ logits: [Float], using generator: inout some RandomNumberGenerator
    ) throws(GenerationEnd) -> Int32 {
        let allowed = try restricted(logits)
        if reportLimit > 0, let chain = sampler as? SamplerChain {
            lastReports = chain.report(
                allowed, after: history, limit: reportLimit, using: Copy(generator))
        }
        let token = sampler.sample(allowed, after: history, using: &generator)
        lastLogits = logits
        history.append(token)
        if !endTokens.contains(token) {
            do throws(GrammarError) {
                try matcher?.accept(token)
            } catch {
                throw .failed(error)
            }
        }
        return token
    }

    /// The logits without what is not allowed now.
    private mutating func restricted(_ logits: [Float]) throws(GenerationEnd) -> [Float] {
        guard history.madeCount < minimumTokens || matcher != nil else { return logits }
        var logits = logits
        let mayEnd = history.madeCount >= minimumTokens
        if !mayEnd { for token in endTokens { logits.forbid(token) } }
        if matcher != nil {
            let canGoOn: Bool?
            do throws(GrammarError) {
                canGoOn = try matcher?.restrict(&logits, mayEnd: mayEnd)
            } catch {
                throw .failed(error)
            }
            guard canGoOn == true else { throw .grammarComplete }
        }
        return logits
    }
}

extension [Float] {
    fileprivate mutating func forbid(_ token: Int32) {
        if indices.contains(Int(token)) { self[Int(token)] = -.infinity }
    }
}

/// A generator that goes its own way from here.
private struct Copy<Generator: RandomNumberGenerator>: RandomNumberGenerator {
    var generator: Generator
    init(_ generator: Generator) { self.generator = generator }
    mutating func next() -> UInt64 { generator.next() }
}
