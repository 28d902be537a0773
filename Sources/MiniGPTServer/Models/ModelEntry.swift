import MiniGPT
import MiniPipeline

/// A model that can be chosen: what is known of it before it is loaded.
struct ModelEntry: Sendable, Equatable {
    /// What requests call it.
    let id: String
    /// Where it is. It never leaves this program.
    let path: String
    let description: ModelDescription?
    /// Why it cannot be used.
    let problem: String?

    /// As `/api/models` shows it.
    var json: JSONNode {
        guard let about = description else {
            return ["id": .string(id), "name": .string(id), "problem": .optional(problem)]
        }
        return [
            "id": .string(id), "name": .string(about.name),
            "kind": .string(about.kind.rawValue), "parameters": .integer(about.parameters),
            "vocabularySize": .integer(about.vocabularySize),
            "contextLength": .integer(about.contextLength), "layers": .integer(about.layers),
            "heads": .integer(about.heads), "width": .integer(about.width),
            "isChat": .boolean(about.isChat), "step": .optional(about.step),
            "run": .optional(about.run), "problem": .optional(problem), "command": nil,
        ]
    }
}
