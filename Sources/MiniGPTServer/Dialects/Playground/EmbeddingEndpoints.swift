import Hummingbird
import MiniGPT
import MiniSupport

/// What the model's embedding knows of its tokens.
enum EmbeddingEndpoints {
    static let neighbors: Service.Handler = { call in
        let model = try await call.model()
        let last = model.vocabularySize - 1
        let token = try call.fields.required(
            "token", try call.fields.integer("token", in: 0...last))
        let count = try call.fields.integer("count", in: 1...1_000) ?? 10
        let found = try await call.service.insights.perform {
            try model.embeddingViews().neighbors(of: token, count: count)
        }
        let neighbors = found.map { token, similarity -> JSONNode in
            [
                "id": .integer(token), "text": .string(model.text(of: Int32(token))),
                "similarity": .real(similarity),
            ]
        }
        let own: JSONNode = [
            "id": .integer(token), "text": .string(model.text(of: Int32(token))),
        ]
        return Response(json: ["token": own, "neighbors": .array(neighbors)])
    }

    /// The first tokens of the vocabulary on a map, and those that are asked for besides.
    static let map: Service.Handler = { call in
        let model = try await call.model()
        let size = model.vocabularySize
        let count = min(size, try call.fields.integer("count", in: 2...2_000) ?? 500)
        let others = try call.fields.tokens("tokens", atMost: 500, vocabularySize: size) ?? []
        let tokens = Array(0..<count) + others.map(Int.init).filter { $0 >= count }
        let (places, explained) = try await call.service.insights.perform {
            let views = try model.embeddingViews()
            let map = try views.map(ofFirst: count)
            return (tokens.map { views.place(of: $0, on: map) }, map.explained)
        }
        let points = zip(tokens, places).map { token, place -> JSONNode in
            [
                "id": .integer(token), "text": .string(model.text(of: Int32(token))),
                "x": .real(place.first ?? 0), "y": .real(place.count > 1 ? place[1] : 0),
            ]
        }
        return Response(
            json: ["points": .array(points), "explained": .array(explained.map { .real($0) })])
    }
}
