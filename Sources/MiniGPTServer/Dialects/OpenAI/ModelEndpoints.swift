import Foundation
import HTTPTypes
import Hummingbird
import MiniGPT
import MiniSupport

/// `/v1/models` and `/v1/embeddings`.
enum ModelEndpoints {
    static let list: Service.Handler = { call in
        let entries = await call.service.library.list().filter { $0.problem == nil }
        let models = entries.map { entry -> JSONNode in
            [
                "id": .string(entry.id), "object": "model", "created": .integer(AnswerLabel.time),
                "owned_by": "minigpt",
            ]
        }
        return Response(json: ["object": "list", "data": .array(models)])
    }

    /// The mean of what the model knows at every position, just before the head.
    static let embeddings: Service.Handler = { call in
        let model = try await call.model()
        let inputs = try inputs(call.fields, model)
        let format = try call.fields.string("encoding_format") ?? "float"
        guard format == "float" || format == "base64" else {
            throw APIError.parameter(
                "encoding_format", "'encoding_format' must be float or base64.")
        }
        let dimensions = try call.fields.integer("dimensions", in: 1...1_000_000)
        var vectors: [JSONNode] = []
        for (index, tokens) in inputs.enumerated() {
            let vector = try await call.service.insights.perform { () -> [Float] in
                let layers = try model.inspectable(for: "embeddings")
                let stream = layers.residualStreams(of: tokens).last
                return stream.map { layers.normalizedForHead($0).mean(axis: 0).scalars } ?? []
            }
            if let dimensions, dimensions != vector.count {
                throw APIError.parameter(
                    "dimensions", "'dimensions' can be \(vector.count) only, the model's.")
            }
            vectors.append([
                "object": "embedding", "index": .integer(index),
                "embedding": format == "float"
                    ? .array(vector.map { .real($0) }) : .string(base64(vector)),
            ])
        }
        let count = inputs.reduce(0) { $0 + $1.count }
        return Response(
            json: [
                "object": "list", "data": .array(vectors), "model": .string(model.entry.id),
                "usage": ["prompt_tokens": .integer(count), "total_tokens": .integer(count)],
            ])
    }

    /// A text, tokens, or a list of either.
    private static func inputs(
        _ fields: Fields, _ model: LoadedModel
    ) throws(APIError) -> [[Int32]] {
        let node = try fields.required("input", fields["input"])
        var nodes = [node]
        if case .array(let elements) = node, let first = elements.first {
            if case .number = first {} else { nodes = elements }
        }
        guard nodes.count <= 256 else {
            throw .parameter("input", "'input' has more than 256 texts.")
        }
        var inputs: [[Int32]] = []
        for node in nodes {
            let tokens: [Int32]
            if case .string(let text) = node {
                tokens = try model.tokens(of: text)
            } else {
                tokens =
                    try Fields(["input": node]).tokens(
                        "input", atMost: model.contextLength, vocabularySize: model.vocabularySize)
                    ?? []
            }
            guard (1...model.contextLength).contains(tokens.count) else {
                throw APIError(
                    .badRequest,
                    "An input has \(tokens.count) tokens, but the model looks at 1 to \(model.contextLength).",
                    parameter: "input", code: "context_length_exceeded")
            }
            inputs.append(tokens)
        }
        return inputs
    }

    /// The floats as bytes, the lowest first.
    private static func base64(_ vector: [Float]) -> String {
        var bytes = Data(capacity: vector.count * 4)
        for value in vector {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes.base64EncodedString()
    }
}
