import Hummingbird
import MiniGPT

/// Which models there are, which is used, and what it makes of a text.
enum ModelChoice {
    static let list: Endpoint.Handler = { call in
        let library = call.service.library
        let entries = await library.list()
        var models = entries.map(\.json)
        if !entries.contains(where: { $0.problem == nil }) {
            models.append([
                "id": "", "name": "no model yet",
                "problem": "There is no model in this folder yet.",
                "command": "minigpt run --text FILE",
            ])
        }
        let current = await library.current()
        return Response(json: ["current": .optional(current?.id), "models": .array(models)])
    }

    static let choose: Endpoint.Handler = { call in
        let id = try call.fields.required("id", try call.fields.string("id"))
        let entry = try await call.service.library.choose(id)
        return Response(json: entry.json)
    }

    static let tokens: Endpoint.Handler = { call in
        let model = try await call.model()
        let text = try call.fields.required("text", try call.fields.string("text"))
        let tokens = try model.encode(text)
        return Response(json: ["tokens": model.json(of: tokens)])
    }
}
