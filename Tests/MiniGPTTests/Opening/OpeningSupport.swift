import Foundation
import MiniGPT

/// A small model with its tokenizer, and every place a model can be written to.
struct Specimen {
    let directory: TemporaryDirectory
    let tokenizer: BytePairTokenizer
    let model: GPT

    init() throws {
        directory = try TemporaryDirectory()
        tokenizer = try .train(
            on: "The mill goes round, the miller's water sings.\n", vocabularySize: 280,
            specialTokens: ["<|endoftext|>"])
        model = randomModel(
            .init(
                vocabularySize: tokenizer.vocabularySize, contextLength: 24, layers: 1, heads: 2,
                width: 16))
    }

    /// The path of a file or directory.
    func path(_ name: String) -> String { directory.file(name).path }

    /// Writes checkpoints of a model, of steps 1 to `count`, into `NAME/checkpoints`.
    func writeRun(
        _ name: String, of model: some LanguageModel, count: Int = 1, losses: [Float?] = [],
        withTokenizer: Bool = true
    ) throws {
        let store = try CheckpointStore(
            directory: directory.file(name).appendingPathComponent("checkpoints"))
        // Steps of no length: the optimizer counts them, and the model stays as it is.
        var (model, optimizer) = (model, SGD(learningRate: .constant(0)))
        let tokens = TokenBatch([0, 1], batch: 1, time: 2)
        for step in 1...count {
            let (_, gradients) = model.lossAndGradients(tokens, targets: tokens, mode: .inference)
            optimizer.update(&model, along: gradients)
            try store.save(
                Checkpoint(
                    model: model, optimizer: optimizer,
                    progress: .init(
                        step: step, seed: 1, tokensSeen: 10 * step,
                        validationLoss: step <= losses.count ? losses[step - 1] : nil),
                    options: .init(), settings: TrainingSettings([:]),
                    tokenizer: withTokenizer ? SavedTokenizer(tokenizer) : nil))
        }
    }

    /// Writes the model in a format, under `NAME`.
    func write(_ format: ModelFormat, as name: String) throws {
        let url = directory.file(name)
        switch format {
        case .checkpoint: try writeRun(name, of: model)
        case .huggingFace:
            try model.export(
                huggingFace: url, tokenizerFiles: try tokenizer.huggingFaceFiles(),
                endOfText: tokenizer.endOfText.map(Int.init))
        case .gguf: try model.export(gguf: url, tokenizer: try GGUFTokenizer(tokenizer))
        case .llmC: try model.export(llmC: url)
        }
    }
}

/// A model that is no GPT: the next token depends on the last one alone.
struct Bigram: LanguageModel, ConfigurableModel {
    struct Configuration: Codable, Sendable { var vocabularySize: Int }

    let configuration: Configuration
    var table: Embedding
    var vocabularySize: Int { configuration.vocabularySize }
    var contextLength: Int { 24 }

    init(_ configuration: Configuration, using generator: inout some RandomNumberGenerator) {
        self.configuration = configuration
        let size = configuration.vocabularySize
        table = Embedding(count: size, dimensions: size, using: &generator)
    }

    func callAsFunction(_ tokens: TokenBatch, mode: Mode) -> Tensor { table(tokens) }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("table", &table)
    }
}

/// The whole text of a stream.
func text(of stream: GenerationStream) async throws -> String {
    var text = ""
    for try await event in stream {
        if case .text(let piece) = event { text += piece }
    }
    return text
}

/// What a closure throws of opening.
func openingError(_ body: () throws -> Void) -> OpeningError? {
    do { try body() } catch { return error as? OpeningError }
    return nil
}
