import MiniGPT
import Testing

@Suite("Looking inside") struct InsightTests {
    private let model = makeModel(layers: 3)
    private let text = makeTokens(12)

    @Test("attention weights are probabilities of earlier positions", arguments: 0..<3)
    func attention(_ layer: Int) {
        let weights = model.attentionWeights(of: text, layer: layer)
        #expect(weights.shape == [2, 12, 12])
        for head in 0..<2 {
            for row in 0..<12 {
                let line = weights[head, row].scalars
                #expect(abs(line.reduce(0, +) - 1) < 1e-5)
                #expect(line[(row + 1)...].allSatisfy { $0 == 0 })
            }
        }
    }

    @Test("after the last layer the logits are the model's", arguments: [0, 5, 11])
    func lens(_ position: Int) {
        let rows = model.logitsAfterEachLayer(of: text, at: position)
        #expect(rows.shape == [4, 61])
        let expected = model.nextTokenLogits(after: Array(text[...position]))
        #expect(relativeError(rows[3].scalars, expected) < 1e-4)
        #expect(relativeError(rows[0].scalars, expected) > 1e-2)
        let last = model.logitsAfterEachLayer(of: text)
        #expect(relativeError(last[3].scalars, model.nextTokenLogits(after: text)) < 1e-4)
    }
}
