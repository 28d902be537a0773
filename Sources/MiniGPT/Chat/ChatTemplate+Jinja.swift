extension ChatTemplate {
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
