import MiniGPT
import MiniPipeline
import MiniSupport

/// The turns of a conversation in a request.
enum ChatMessages {
    static func read(_ list: [JSONNode]) throws(APIError) -> [ChatMessage] {
        guard !list.isEmpty else {
            throw .parameter("messages", "'messages' must have at least one message.")
        }
        var messages: [ChatMessage] = []
        for (index, node) in list.enumerated() {
            let name = "messages[\(index)]"
            let fields = try Fields(node, path: name)
            let role = try fields.required("role", try fields.string("role"))
            guard let role = ChatMessage.Role(rawValue: role == "developer" ? "system" : role)
            else {
                throw .parameter(
                    "\(name).role", "'\(name).role' must be system, user or assistant.")
            }
            messages.append(ChatMessage(role, try content(fields, name)))
        }
        return messages
    }

    /// A text, or a list of parts that are texts.
    private static func content(_ fields: Fields, _ name: String) throws(APIError) -> String {
        guard let node = fields["content"] else {
            throw .parameter("\(name).content", "'\(name).content' is missing.")
        }
        if case .string(let text) = node { return text }
        guard case .array(let parts) = node else {
            throw .parameter("\(name).content", "'\(name).content' must be a text.")
        }
        var text = ""
        for part in parts {
            let part = try Fields(part, path: "\(name).content")
            guard try part.string("type") == "text", let more = try part.string("text") else {
                throw .parameter("\(name).content", "'\(name).content' can hold texts only.")
            }
            text += more
        }
        return text
    }
}
