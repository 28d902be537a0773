import MiniNN
import Testing

/// The simplest language model: the next token depends on the last one alone.
struct Bigram: LanguageModel, ConfigurableModel {
    struct Configuration: Codable, Sendable {
        var vocabularySize = 7
    }

    let configuration: Configuration
    var table: Embedding
    var vocabularySize: Int { configuration.vocabularySize }
    var contextLength: Int { 8 }

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

/// Gives the same two batches for ever: the first has many targets that count, the second few.
private struct UnequalBatches: TrainingData {
    let inputs: [[Int32]] = [[0, 1, 2, 3], [4, 5, 6, 0]]
    let targets: [[Int32]] = [[1, 2, 3, 4], [5, -1, -1, -1]]
    let contextLength = 4
    let identity = "two batches"
    /// Whether both are given as one batch.
    let isJoined: Bool
    private let next = Counter()

    init(isJoined: Bool) { self.isJoined = isJoined }

    func batch(
        _ size: Int, using generator: inout some RandomNumberGenerator
    ) -> (inputs: TokenBatch, targets: TokenBatch) {
        let rows = isJoined ? [0, 1] : [next.take() % 2]
        return (
            TokenBatch(rows.flatMap { inputs[$0] }, batch: rows.count, time: 4),
            TokenBatch(rows.flatMap { targets[$0] }, batch: rows.count, time: 4)
        )
    }

    func forEachBatch(_ size: Int, _ body: (TokenBatch, TokenBatch) -> Bool) {}

    private final class Counter: @unchecked Sendable {
        private var count = 0
        func take() -> Int {
            defer { count += 1 }
            return count
        }
    }
}

@Suite("Trainer")
struct TrainerTests {
    private func bigram() -> Bigram {
        var generator = SplitMix64(seed: 4)
        return Bigram(.init(), using: &generator)
    }

    /// The loss of the only step and the weights after it.
    private func oneStep(joined: Bool) throws -> (loss: Float, weights: [Float]) {
        var model = bigram()
        var optimizer = SGD(learningRate: .constant(1))
        var options = TrainingOptions()
        (options.steps, options.batchSize, options.validationInterval) = (1, joined ? 2 : 1, 0)
        options.gradientAccumulation = joined ? 1 : 2
        options.clipNorm = nil
        var loss: Float = 0
        try Trainer(training: UnequalBatches(isJoined: joined), options: options)
            .run(&model, &optimizer) { if case .step(let step) = $0 { loss = step.loss } }
        return (loss, model.table.weight.scalars)
    }

    @Test("Accumulated batches are one large batch, however many of their targets count")
    func accumulation() throws {
        let (whole, parts) = (try oneStep(joined: true), try oneStep(joined: false))
        #expect(abs(whole.loss - parts.loss) < 1e-6)
        #expect(zip(whole.weights, parts.weights).allSatisfy { abs($0 - $1) < 1e-6 })
        // Near the logarithm of the vocabulary, as every untrained model is.
        #expect(abs(parts.loss - 1.9459) < 0.1)
    }

    @Test("Options that cannot be used are refused by name before anything is done")
    func badOptions() {
        let changes: [(String, @Sendable (inout TrainingOptions) -> Void)] = [
            ("batches for a step", { $0.gradientAccumulation = 0 }),
            ("batches for a step", { $0.gradientAccumulation = -3 }),
            ("batch size", { $0.batchSize = 0 }),
            ("gradient norm", { $0.clipNorm = -1 }),
            ("gradient norm", { $0.clipNorm = .nan }),
            ("validation batches", { $0.validationBatches = 0 }),
        ]
        for (word, change) in changes {
            var model = bigram()
            var optimizer = SGD(learningRate: .constant(1))
            var options = TrainingOptions()
            change(&options)
            let error = #expect(throws: TrainingError.self) {
                try Trainer(training: UnequalBatches(isJoined: true), options: options)
                    .run(&model, &optimizer)
            }
            #expect(error?.description.contains(word) == true, "\(word)")
        }
    }

    @Test("The state of a model makes it again, and is refused by another kind by name")
    func modelState() throws {
        let model = bigram()
        let state = ModelState(model)
        let copy = try state.model(as: Bigram.self)
        #expect(copy.table.weight.scalars == model.table.weight.scalars)
        var generator = SplitMix64(seed: 1)
        var larger = Bigram(.init(vocabularySize: 9), using: &generator)
        let error = #expect(throws: CheckpointError.self) { try state.restore(&larger) }
        #expect(error?.description.contains("table.weight") == true)
        var other = state
        other.kind = "GPT"
        let kind = #expect(throws: CheckpointError.self) { try other.model(as: Bigram.self) }
        #expect(kind?.description.contains("kind of model was GPT and is Bigram now") == true)
    }

    @Test("Both places of a text that holds two examples are drawn")
    func lastPlace() {
        let data = TokenDataset(Array(0..<9), contextLength: 7)
        var generator = SplitMix64(seed: 1)
        let (inputs, _) = data.batch(64, using: &generator)
        let starts = Set((0..<64).map { inputs[$0, 0] })
        #expect(starts == [0, 1])
    }
}
@Test("Options that nobody gives are nanoGPT's recipe for a CPU")
func defaults() {
    let options = TrainingOptions()
    #expect((options.steps, options.batchSize) == (2_000, 12))
    #expect((options.gradientAccumulation, options.clipNorm) == (1, 1))
    #expect((options.validationInterval, options.validationBatches) == (250, nil))
    #expect((options.recomputesBlocks, options.seed) == (false, 1_337))
}
