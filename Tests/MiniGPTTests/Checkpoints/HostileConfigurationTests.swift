import MiniGPT
import Testing

@Suite("Configurations whose sizes are possible one by one only")
struct HostileConfigurationTests {
    private let hostile = GPT.Configuration(
        vocabularySize: 1 << 24, contextLength: 1 << 24, layers: 1 << 24, heads: 1, width: 1 << 24)

    @Test("The number of their parameters is counted without a trap")
    func count() {
        #expect(hostile.parameterCount == .max)
        #expect(GPT.Configuration.gpt2.parameterCount == 124_439_808)
    }

    @Test("The model of a checkpoint with one is refused by name, never made")
    func refused() {
        var generator = SplitMix64(seed: 1)
        let small = GPT(
            .init(vocabularySize: 5, contextLength: 4, layers: 1, heads: 1, width: 4),
            using: &generator)
        var large = hostile
        // Not beyond 64 bits, but beyond any memory.
        (large.layers, large.vocabularySize) = (1, 4)
        for configuration in [hostile, large] {
            var state = ModelState(small)
            state.configuration = ModelState.json(of: configuration)
            let error = #expect(throws: CheckpointError.self) { try state.model(as: GPT.self) }
            #expect(error?.description.contains("number of parameters") == true)
        }
    }
}

extension ModelState {
    /// A configuration as a checkpoint keeps it.
    fileprivate static func json(of configuration: GPT.Configuration) -> [UInt8] {
        let c = configuration
        return Array(
            """
            {"vocabularySize": \(c.vocabularySize), "contextLength": \(c.contextLength),
             "layers": \(c.layers), "heads": \(c.heads), "width": \(c.width), "dropout": 0,
             "tiesEmbeddings": true, "usesBias": true, "activation": "\(c.activation.name)",
             "layerNormEps": 0.00001}
            """.utf8)
    }
}
