import ArgumentParser
import Foundation
import MiniGPT

/// The prompt, and where the text ends.
struct TextOptions: ParsableArguments {
    @Option(help: "Where the text starts.") var prompt = ""
    @Option(help: "A UTF-8 file where the text starts.") var promptFile: String?
    // `.unconditional`, so that a negative number is a value and is refused by name.
    @Option(parsing: .unconditional, help: "How many tokens to make at most.") var tokens = 200
    @Option(parsing: .unconditional, help: "How many tokens to make at least.")
    var minimumTokens = 0
    @Option(parsing: .unconditional, help: "Decides the sampler's choices.")
    var seed: UInt64 = 1337
    @Option(
        parsing: .unconditional, help: "How many continuations, with seed, seed + 1, and so on.")
    var count = 1
    @Option(help: "Stop before this text; may be given several times.") var stop: [String] = []
    @Option(parsing: .unconditional, help: "Stop after so many seconds.") var timeLimit: Double?
    @Flag(help: "Go on after the end of text.") var ignoreEnd = false
    @Option(
        parsing: .unconditional,
        help: "Keep so many of the first tokens when the context is full.")
    var keep = 0
    @Option(
        parsing: .unconditional,
        help: "Show each token with its log-probability and so many alternatives.")
    var alternatives: Int?

    func promptText() throws -> String {
        guard count >= 1 else { throw Failure("--count is \(count), but must be at least 1.") }
        guard let promptFile else { return prompt }
        guard prompt.isEmpty else { throw Failure("Give --prompt or --prompt-file, not both.") }
        return try Input.text(promptFile)
    }

    func options() throws -> GenerationOptions {
        var options = GenerationOptions(maximumTokens: tokens, seed: seed)
        options.minimumTokens = minimumTokens
        options.stopStrings = stop
        options.stopsAtEndOfText = !ignoreEnd
        options.context = .slide(keepingFirst: keep)
        options.alternatives = alternatives
        if let timeLimit {
            guard timeLimit >= 0, timeLimit <= 1e9 else {
                throw Failure("--time-limit is \(timeLimit), but must be from 0 to 1e9 seconds.")
            }
            options.timeLimit = .seconds(timeLimit)
        }
        return options
    }
}

/// How tokens are chosen.
struct SamplingOptions: ParsableArguments {
    enum Defaults: String, ExpressibleByArgument, CaseIterable {
        case llamaCpp = "llamacpp"
        case huggingFace = "huggingface"
        case none
    }

    @Option(help: "What holds for flags that are not given, and in which order stages work.")
    var defaults = Defaults.llamaCpp
    @Option(
        help: ArgumentHelp(
            "The order of the stages, in llama.cpp's words.",
            valueName: "penalties;dry;top_k;…"))
    var order: String?
    @Option(parsing: .unconditional, help: "Below 1 makes likely tokens likelier; 0 is greedy.")
    var temperature: Float?
    @Option(parsing: .unconditional, help: "Choose from so many tokens; 0 for all.")
    var topK: Int?
    @Option(parsing: .unconditional, help: "Choose from this share of probability.")
    var topP: Float?
    @Option(parsing: .unconditional, help: "Leave out what is less probable than this × the best.")
    var minP: Float?
    @Option(parsing: .unconditional, help: "Choose from this share of typical tokens.")
    var typicalP: Float?
    @Option(parsing: .unconditional, help: "Leave out logits so many deviations below the best.")
    var topNSigma: Float?
    @Option(parsing: .unconditional, help: "Divides the logits of what came before.")
    var repetitionPenalty: Float?
    @Option(parsing: .unconditional, help: "Taken from logits for each time they came before.")
    var frequencyPenalty: Float?
    @Option(parsing: .unconditional, help: "Taken from logits of what came before.")
    var presencePenalty: Float?
    @Option(parsing: .unconditional, help: "How many of the last tokens the penalties look at.")
    var penaltyWindow: Int?
    @Option(parsing: .unconditional, help: "The penalty of a repetition; 0 for off.")
    var dryMultiplier: Float?
    @Option(parsing: .unconditional, help: "How it grows with the repetition's length.")
    var dryBase: Float?
    @Option(parsing: .unconditional, help: "Shorter repetitions are free.")
    var dryAllowedLength: Int?
    @Option(parsing: .unconditional, help: "How often the likeliest tokens are left out.")
    var xtcProbability: Float?
    @Option(parsing: .unconditional, help: "What counts as likeliest there.")
    var xtcThreshold: Float?
    @Option(parsing: .unconditional, help: "Keep the surprise near so many bits.")
    var mirostatTarget: Float?
    @Option(parsing: .unconditional, help: "How fast mirostat adapts.") var mirostatRate: Float?
    @Option(help: ArgumentHelp("Added to a token's logit.", valueName: "token=number"))
    var logitBias: [String] = []

    func parameters() throws -> SamplingParameters {
        var parameters: SamplingParameters =
            switch defaults {
            case .llamaCpp: .llamaCpp
            case .huggingFace: .huggingFace
            case .none: SamplingParameters()
            }
        func set<Value>(_ path: WritableKeyPath<SamplingParameters, Value>, _ value: Value?) {
            if let value { parameters[keyPath: path] = value }
        }
        set(\.temperature, temperature)
        set(\.topK, topK)
        set(\.topP, topP)
        set(\.minP, minP)
        set(\.typicalP, typicalP)
        set(\.topNSigma, topNSigma)
        set(\.repetitionPenalty, repetitionPenalty)
        set(\.frequencyPenalty, frequencyPenalty)
        set(\.presencePenalty, presencePenalty)
        set(\.penaltyWindow, penaltyWindow.map(Optional.some))
        set(\.dryMultiplier, dryMultiplier)
        set(\.dryBase, dryBase)
        set(\.dryAllowedLength, dryAllowedLength)
        set(\.xtcProbability, xtcProbability)
        set(\.xtcThreshold, xtcThreshold)
        set(\.mirostatTarget, mirostatTarget.map(Optional.some))
        set(\.mirostatRate, mirostatRate)
        for text in logitBias {
            let parts = text.split(separator: "=")
            guard parts.count == 2, let token = Int32(parts[0]), let bias = Float(parts[1]) else {
                throw Failure("--logit-bias is \(text), but must be a token's number = a number.")
            }
            parameters.logitBias[token] = bias
        }
        return parameters
    }

    func samplerOrder() throws -> SamplerOrder {
        if let order {
            return try reporting { () throws(GenerationParameterError) in
                try SamplerOrder(llamaCpp: order)
            }
        }
        return defaults == .huggingFace ? .huggingFace : .llamaCpp
    }

    /// With what needs the tokenizer.
    func completed(
        _ parameters: SamplingParameters, for tokenizer: any TextTokenizer
    ) -> SamplingParameters {
        guard parameters.dryMultiplier > 0 else { return parameters }
        var parameters = parameters
        parameters.dryBreakers = DRY.breakers(DRY.usualBreakers, tokenizer: tokenizer)
        return parameters
    }
}

/// What the text must look like.
struct StructureOptions: ParsableArguments {
    @Option(help: "A file with a grammar in GBNF.") var grammar: String?
    @Option(help: "A file with a JSON schema.") var jsonSchema: String?
    @Flag(help: "Any JSON value.") var json = false

    func chosen() throws -> Grammar? {
        guard [grammar != nil, jsonSchema != nil, json].count(where: { $0 }) <= 1 else {
            throw Failure("Give one of --grammar, --json-schema and --json.")
        }
        if json { return .json() }
        if let grammar {
            let text = try Input.text(grammar)
            return try named(grammar) { () throws(GrammarError) in try Grammar(text) }
        }
        guard let jsonSchema else { return nil }
        let text = try Input.text(jsonSchema)
        return try named(jsonSchema) { () throws(GrammarError) in try Grammar(jsonSchema: text) }
    }

    private func named(
        _ file: String, _ body: () throws(GrammarError) -> Grammar
    ) throws -> Grammar {
        do { return try body() } catch { throw Failure("\(file): \(error.description)") }
    }
}

extension Grammar {
    func constraint(
        _ tokenizer: any TextTokenizer
    ) throws(GrammarError) -> TokenConstraint {
        try TokenConstraint(self, tokenizer: tokenizer)
    }
}

extension WeightFormat: ExpressibleByArgument {}

/// Ways to be faster, or to look further.
struct SpeedOptions: ParsableArguments {
    @Option(help: "Keep the weights as f32, f16, bf16, q8_0 or q4_0: the fewer bits, the faster.")
    var weights = WeightFormat.float32
    @Flag(help: "Guess that the text repeats itself; the text stays the same.")
    var guessRepetitions = false
    @Option(help: "Guess with this smaller model of the same vocabulary; the text stays the same.")
    var draftModel: String?
    @Option(parsing: .unconditional, help: "Search with so many beams, and show what they found.")
    var beams: Int?
    @Option(parsing: .unconditional, help: "Above 0 favours long texts in a beam search.")
    var lengthPenalty: Float = 1
    @Option(parsing: .unconditional, help: "How many threads to use. (default: all)")
    var threads: Int?

    func predictor(of model: GPT) -> CachedPredictor {
        InferenceModel(model, weights: weights).predictor()
    }

    func drafter() throws -> (any Drafter)? {
        if let draftModel {
            return DraftModel(predictor(of: try ModelSource.readModel(draftModel)))
        }
        return guessRepetitions ? NGramDrafter() : nil
    }
}

/// Text from files.
enum Input {
    static func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure("\(path) cannot be read.")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            // Where the bytes stop being UTF-8: the decoder's first repair.
            var decoder = UTF8()
            var iterator = data.makeIterator()
            var place = 0
            while case .scalarValue(let scalar) = decoder.decode(&iterator) {
                place += UTF8.width(scalar)
            }
            throw Failure("\(path) is not UTF-8 from byte \(place) on.")
        }
        return text
    }
}
