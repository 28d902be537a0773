import Foundation
import MiniGPT

extension ChatTemplate {
    /// The file beside a model.
    public static let fileName = "chat.json"

    /// Reads a template.
    public init(contentsOf url: URL) throws(PipelineError) {
        self = try JSONFile.read(
            ChatTemplate.self, from: url, remedy: .advice("delete it, or fine-tune the model again")
        )
    }

    /// Writes a template, whole or not at all.
    public func write(to url: URL) throws(PipelineError) { try JSONFile.write(self, to: url) }

    /// The template of a model: in its directory, or of a checkpoint in its run's; of a file with
    /// the file's name before it. `nil` if the model was not fine-tuned to conversations.
    static func beside(_ url: URL, kind: ModelKind) throws(PipelineError) -> ChatTemplate? {
        for place in places(url, kind) where FileSystem.kind(of: place) == .file {
            return try ChatTemplate(contentsOf: place)
        }
        return nil
    }

    private static func places(_ url: URL, _ kind: ModelKind) -> [URL] {
        switch kind {
        case .checkpoint:
            let folder = url.deletingLastPathComponent()
            var places = [url, folder]
            if folder.lastPathComponent == "checkpoints" {
                places.append(folder.deletingLastPathComponent())
            }
            return places.map { $0.appendingPathComponent(fileName) }
        case .huggingFace:
            return [url.appendingPathComponent(fileName)]
        case .gguf, .llmC:
            return [
                url.deletingLastPathComponent()
                    .appendingPathComponent("\(url.lastPathComponent).\(fileName)")
            ]
        }
    }

    /// The template in Jinja, as `tokenizer_config.json` holds it for `transformers` and others.
    public var jinja: String {
        var text = "{% for message in messages %}"
        for (index, role) in ChatMessage.Role.allCases.enumerated() {
            let marker = self[role]
            let lead = marker.before.isEmpty ? "" : lead
            text += "{% \(index == 0 ? "if" : "elif") message['role'] == '\(role.rawValue)' %}"
            text += "{{ \(Self.quoted(marker.before + lead)) + message['content'] | trim"
            text += " + \(Self.quoted(marker.after)) }}"
        }
        text += "{% endif %}{% endfor %}{% if add_generation_prompt %}"
        return text + "{{ \(Self.quoted(assistant.before)) }}{% endif %}"
    }

    private static func quoted(_ text: String) -> String {
        var result = "'"
        for character in text {
            switch character {
            case "'": result += "\\'"
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result + "'"
    }
}
