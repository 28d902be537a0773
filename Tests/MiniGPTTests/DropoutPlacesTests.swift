import MiniGPT
import Testing

/// Dropout stands at each of its places: with everything that follows another place set to zero, training
/// still differs from inference.
@Suite struct DropoutPlacesTests {
    private func model() -> GPT {
        var generator = SplitMix64(seed: 41)
        return GPT(
            .init(
                vocabularySize: 19, contextLength: 8, layers: 1, heads: 2, width: 12, dropout: 0.5),
            using: &generator)
    }

    private let tokens = TokenBatch([1, 5, 3, 8, 2, 0, 7, 4], batch: 1, time: 8)

    private func silence(_ names: [String], of model: inout GPT) throws {
        for name in names {
            let parameter = try #require(model[parameter: name])
            model[parameter: name] = .zeros(parameter.shape)
        }
    }

    private func differs(_ model: GPT) -> Bool {
        let training = model(tokens, mode: .training(seed: 9)).scalars
        return training != model(tokens).scalars
    }

    private let attention = ["blocks.0.attention.output.weight", "blocks.0.attention.output.bias"]
    private let feedForward = [
        "blocks.0.feedForward.down.weight", "blocks.0.feedForward.down.bias",
    ]
    private let embeddings = ["tokenEmbedding.weight", "positionEmbedding.weight"]

    @Test("the embeddings are dropped")
    func afterTheEmbeddings() throws {
        var model = model()
        try silence(attention + feedForward, of: &model)
        #expect(differs(model))
    }

    @Test("what attention adds to the stream is dropped, and so is what feed-forward layers add")
    func residuals() {
        var generator = SplitMix64(seed: 42)
        let x = Tensor.normal([1, 8, 12], using: &generator)
        let block = model().blocks[0]
        for silent in [attention, feedForward] {
            // The weights of attention are dropped as well: without any product they do not count.
            var changed = block
            for name in silent {
                let path = String(name.dropFirst("blocks.0.".count))
                changed[parameter: path] = changed[parameter: path].map { .zeros($0.shape) }
            }
            // Values that depend on no weight of attention: all of them alike.
            if silent == feedForward {
                changed[parameter: "attention.queryKeyValue.weight"] = .zeros([36, 12])
                changed[parameter: "attention.queryKeyValue.bias"] = .zeros([36])
                changed[parameter: "attention.output.bias"] = .ones([12])
            }
            #expect(
                changed(x, mode: .training(seed: 9)).scalars != changed(x, mode: .inference).scalars
            )
        }
    }

    @Test("single weights of attention are dropped")
    func weightsOfAttention() {
        var generator = SplitMix64(seed: 43)
        let attention = MultiHeadAttention(
            dimensions: 12, heads: 2, dropout: 0.5, using: &generator)
        let x = Tensor.normal([1, 8, 12], using: &generator)
        let memory = Tensor.normal([1, 5, 12], using: &generator)
        for memory in [nil, memory] {
            #expect(
                attention(x, memory: memory, mode: .training(seed: 1)).scalars
                    != attention(x, memory: memory).scalars)
        }
    }

    @Test("parts of a model draw masks of their own")
    func parts() {
        let mode = Mode.training(seed: 7)
        let parts = (0..<4).map { mode.part($0) }
        for first in 0..<4 {
            #expect(parts[first] != mode)
            for second in 0..<first { #expect(parts[first] != parts[second]) }
        }
        #expect(Mode.inference.part(3) == .inference)
    }
}
