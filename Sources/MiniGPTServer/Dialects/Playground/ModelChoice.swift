import Hummingbird
import MiniGPT
import MiniSupport

/// Which models there are, which is used, and what it makes of a text.
enum ModelChoice {
    static let list: Service.Handler = { call in
        let library = call.service.library
        let entries = await library.list()
        var models = entries.map(json)
        if !entries.contains(where: { $0.problem == nil }) {
            models.append([
                "id": "", "name": "no model yet",
                "problem": "There is no model in this folder yet.",
                "command": .optional(call.service.firstModelCommand),
            ])
        }
        let current = await library.current()
        return Response(json: ["current": .optional(current?.id), "models": .array(models)])
    }

    static let choose: Service.Handler = { call in
        let id = try call.fields.required("id", try call.fields.string("id"))
        let entry = try await call.service.library.choose(id)
        return Response(json: json(entry))
    }

    static let tokens: Service.Handler = { call in
        let model = try await call.model()
        let text = try call.fields.required("text", try call.fields.string("text"))
        let tokens = try model.tokens(of: text)
        return Response(json: ["tokens": model.json(of: tokens)])
    }

    /// A model as `/api/models` shows it.
    private static func json(_ entry: ModelEntry) -> JSONNode {
        guard let about = entry.outline else {
            return [
                "id": .string(entry.id), "name": .string(entry.id),
                "problem": .optional(entry.problem),
            ]
        }
        return [
            "id": .string(entry.id), "name": .string(about.name), "kind": .string(about.kind),
            "parameters": .integer(about.parameters),
            "vocabularySize": .optional(about.vocabularySize),
            "contextLength": .optional(about.contextLength),
            "layers": .optional(about.transformer?.layers),
            "heads": .optional(about.transformer?.heads),
            "width": .optional(about.transformer?.width),
            "isChat": .boolean(about.isChat), "step": .optional(about.step),
            "run": .optional(about.run), "problem": .optional(entry.problem), "command": nil,
        ]
    }
}
