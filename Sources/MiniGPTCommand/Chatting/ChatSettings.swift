import MiniGPT
import MiniPipeline

/// How answers are chosen; `/set` changes it.
struct ChatSettings {
    /// The most tokens of an answer.
    private(set) var tokens: Int
    private var parameters: SamplingParameters
    private let order: SamplerOrder

    init(_ options: Chat) throws {
        tokens = options.tokens
        parameters = try options.sampling.parameters()
        order = try options.sampling.samplerOrder()
    }

    /// The chain of stages for a vocabulary.
    func chain(for tokenizer: any TextTokenizer) throws(PipelineError) -> SamplerChain {
        var parameters = parameters
        if parameters.dryMultiplier > 0 {
            parameters.dryBreakers = DRY.breakers(DRY.usualBreakers, tokenizer: tokenizer)
        }
        let complete = parameters
        return try describing { () throws(GenerationParameterError) in
            try complete.chain(order: order)
        }
    }

    private static var numbers: [(name: String, path: WritableKeyPath<SamplingParameters, Float>)] {
        [
            ("temperature", \.temperature), ("top-p", \.topP), ("min-p", \.minP),
            ("typical-p", \.typicalP), ("repetition-penalty", \.repetitionPenalty),
            ("frequency-penalty", \.frequencyPenalty), ("presence-penalty", \.presencePenalty),
            ("dry-multiplier", \.dryMultiplier),
        ]
    }

    /// All names and values, a line for each.
    var text: String {
        var lines = Self.numbers.map { "\($0.name) \(parameters[keyPath: $0.path])" }
        lines += ["top-k \(parameters.topK)", "tokens \(tokens)"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Changes one.
    ///
    /// - Throws: `PipelineError` for a name or a value that cannot be used; nothing is changed then.
    mutating func set(
        _ name: String, _ value: String, for tokenizer: any TextTokenizer
    ) throws(PipelineError) {
        var changed = self
        if let number = Self.numbers.first(where: { $0.name == name }) {
            guard let value = Float(value) else {
                throw PipelineError("\(name) is a number, not \(value).")
            }
            changed.parameters[keyPath: number.path] = value
        } else if name == "top-k" || name == "tokens" {
            guard let value = Int(value), value >= (name == "tokens" ? 1 : 0) else {
                throw PipelineError("\(name) is a whole number, not \(value).")
            }
            if name == "tokens" { changed.tokens = value } else { changed.parameters.topK = value }
        } else {
            let names = Self.numbers.map(\.name) + ["top-k", "tokens"]
            let closest = names.min {
                EditDistance.between($0, name) < EditDistance.between($1, name)
            }
            throw PipelineError(
                "There is no setting \(name); did you mean \(closest ?? "temperature")?")
        }
        _ = try changed.chain(for: tokenizer)
        self = changed
    }
}
