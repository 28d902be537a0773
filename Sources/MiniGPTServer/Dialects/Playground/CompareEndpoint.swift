import Hummingbird
import MiniGPT
import MiniSupport

/// `/api/compare`: the same prompt and seed through several models at once, the checkpoints of a run
/// above all.
struct CompareEndpoint {
    static let handler: Service.Handler = { call in
        let names = try call.fields.required(
            "models", try call.fields.strings("models", atMost: 8))
        guard !names.isEmpty else {
            throw APIError.parameter("models", "'models' must name at least one model.")
        }
        var requests: [GenerationRequest] = []
        for name in names {
            let model = try await call.service.library.model(name)
            requests.append(try request(call, model))
        }
        let seed = requests[0].options.seed
        for index in requests.indices { requests[index].options.seed = seed }
        let answer = try call.service.scheduler.generate(requests)
        return Response(eventsOf: answer, call) { events in
            for try await piece in answer.events {
                let model = JSONNode.string(names[piece.choice])
                switch piece.event {
                case .text(let text):
                    try await events.send([
                        "type": "text", "model": model, "text": .string(text),
                    ])
                case .finished(let summary):
                    try await events.send(
                        GenerateEndpoint.finished(summary).with("model", model))
                case .token: break
                }
            }
        }
    }

    private static func request(
        _ call: Call, _ model: LoadedModel
    ) throws(APIError) -> GenerationRequest {
        var (request, _) = try GenerateEndpoint.request(call, model)
        request.options.alternatives = nil
        return request
    }
}
