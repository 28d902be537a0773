import ArgumentParser
import Foundation
import MiniGPT
import Workloads

/// The models whose generation is measured.
enum GenerationModel: String, CaseIterable, ExpressibleByArgument {
    case gpt2, course

    var configuration: GPT.Configuration {
        switch self {
        case .gpt2: return .gpt2
        case .course:
            // A longer context than the course's: room for the prompt and what follows it.
            var configuration = GPT.Configuration.course
            configuration.contextLength = 256
            return configuration
        }
    }
}

extension NumberFormat: @retroactive ExpressibleByArgument {
    /// The format of that name.
    public init?(argument: String) { self.init(name: argument) }
}

/// A prompt and the tokens after it.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reading a prompt and making tokens after it, the likeliest each time.",
        discussion: """
            The weights are random, or those of a GGUF file. Speed is that of the median token; \
            gigabytes are those of the weights, each read once for a token.
            """)

    @Option(help: "The model: gpt2 or course.")
    var model: GenerationModel = .gpt2

    @Option(help: "How weights are stored: f32, f16, bf16, q8_0 or q4_0.")
    var weights: NumberFormat = .float32

    @Option(help: "A GGUF file to measure instead; its matrices stay as they are stored.")
    var gguf: String?

    @Option(help: "Tokens of the prompt.")
    var prompt = 64

    @Option(help: "Tokens to make.")
    var tokens = 128

    @Option(help: "How often, after one round that is not counted.")
    var rounds = 3

    @Option(help: "Also measure so many texts at once.")
    var batch = 1

    @OptionGroup var common: CommonOptions

    func validate() throws {
        do {
            try Limits.check("number of prompt tokens", prompt, 1...1_000_000)
            try Limits.check("number of tokens", tokens, 1...1_000_000)
            try Limits.check("number of rounds", rounds, 1...1_000)
            try Limits.check("number of texts", batch, 1...1_000)
        } catch {
            throw ValidationError(error.description)
        }
    }

    func run() throws {
        let packed = try load()
        guard prompt + tokens <= packed.configuration.contextLength else {
            throw ValidationError(
                "--prompt and --tokens together must be at most \(packed.configuration.contextLength)."
            )
        }
        let work = GenerationWork(packed, prompt: prompt, tokens: tokens)
        let (report, together) = common.withThreads {
            (
                work.measure(rounds: rounds),
                batch > 1 ? work.measure(batch: batch, rounds: rounds) : nil
            )
        }
        if common.json { return try printJSON(report) }
        print(Machine().description(peak: .nan, threads: common.threads), terminator: "\n\n")
        var table = Table(["", "tokens/s", "GB/s"], leftAligned: 1)
        table.add(["prompt of \(prompt)", Figures.short(report.prefillTokensPerSecond), ""])
        table.add([
            "one text", Figures.short(report.decodeTokensPerSecond),
            Figures.short(report.gigabytesPerSecond),
        ])
        if let together { table.add(["\(batch) texts at once", Figures.short(together), ""]) }
        print(table)
    }

    private func load() throws -> InferenceModel {
        if let gguf { return try InferenceModel(gguf: URL(filePath: gguf)) }
        var generator = SplitMix64(seed: 1337)
        return InferenceModel(GPT(model.configuration, using: &generator), weights: weights)
    }
}
