import Hummingbird
import MiniGPT
import MiniSupport

/// `/api/pipeline`: the whole way from a text to the next token, with real numbers at every step.
struct PipelineEndpoint {
    static let handler: Service.Handler = { call in
        let model = try await call.model()
        let input = try TokenInput(call.fields, model)
        let tokens = try input.few(atMost: 128)
        let (steps, next) = try await call.service.insights.perform {
            let endpoint = PipelineEndpoint(model: model, tokens: tokens)
            return try endpoint.steps()
        }
        return Response(
            json: [
                "tokens": model.json(of: tokens), "steps": .array(steps), "next": next,
            ])
    }

    private let model: LoadedModel
    private let tokens: [Int32]
    /// Rows and columns that are shown of a tensor.
    private static let shown = 8

    private func steps() throws -> ([JSONNode], next: JSONNode) {
        let inside = try model.inspectable(for: "layers")
        var steps: [JSONNode] = []
        let bytes = model.tokenizer.decodeBytes(tokens)
        steps.append(
            step("text", [bytes.count], ["bytes"], bytes.map { Float($0) })
                .with("note", .string(String(decoding: bytes, as: UTF8.self))))
        steps.append(
            step("tokens", [1, tokens.count], ["batch", "time"], tokens.map { Float($0) }))
        let streams = inside.residualStreams(of: tokens)
        for (index, stream) in streams.enumerated() {
            let name = index == 0 ? "embeddings" : "block \(index)"
            steps.append(wide(name, stream))
        }
        let normed = inside.normalizedForHead(streams[streams.count - 1])
        steps.append(wide("norm", normed))
        let logits = inside.logits(of: normed[(-1)...])
        steps.append(last("logits", logits))
        let probabilities = softmax(logits)
        steps.append(last("probabilities", probabilities))
        let best = TokenDistribution(Candidates(logits.scalars), limit: Self.shown)
        let top = best.top[0]
        steps.append([
            "name": "next", "shape": [1], "axes": ["batch"],
            "values": [[.integer(top.token)]], "mean": .integer(top.token), "deviation": 0,
            "candidates": .array(best.top.map { model.json($0.token, $0.probability) }),
        ])
        return (steps, model.json(top.token, top.probability))
    }

    private func wide(_ name: String, _ x: Tensor) -> JSONNode {
        let (time, width) = x.shape2
        return step(name, [1, time, width], ["batch", "time", "width"], x.scalars)
    }

    private func last(_ name: String, _ x: Tensor) -> JSONNode {
        step(name, [1, 1, x.count], ["batch", "time", "vocabulary"], x.scalars)
            .with("note", "of the last position")
    }

    /// Some of the numbers of a tensor, and what they are like.
    private func step(
        _ name: String, _ shape: [Int], _ axes: [String], _ scalars: [Float]
    ) -> JSONNode {
        let columns = max(1, shape.last ?? 1)
        let rows = min(Self.shown, scalars.count / columns)
        let values = (0..<rows).map { row in
            scalars[row * columns..<row * columns + min(columns, Self.shown)]
        }
        let count = Double(max(1, scalars.count))
        let mean = scalars.reduce(0) { $0 + Double($1) } / count
        let variance = scalars.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        return [
            "name": .string(name), "shape": .array(shape.map { .integer($0) }),
            "axes": .array(axes.map { .string($0) }), "values": .numbers(values),
            "mean": .real(mean), "deviation": .real(variance.squareRoot()),
        ]
    }
}
