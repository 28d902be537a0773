import MiniGPT
import MiniSupport

/// The form that an answer must have, by `response_format`, `grammar` or `json_schema`.
struct AnswerFormat {
    private let fields: Fields
    private let model: LoadedModel

    init(_ fields: Fields, _ model: LoadedModel) {
        self.fields = fields
        self.model = model
    }

    /// The grammar that is asked for, ready for the model's vocabulary.
    func constraint() throws(APIError) -> TokenConstraint? {
        guard let grammar = try grammar() else { return nil }
        do {
            return try TokenConstraint(grammar, trie: model.tokenTrie)
        } catch {
            throw .parameter("response_format", error.description)
        }
    }

    private func grammar() throws(APIError) -> Grammar? {
        if let text = try fields.string("grammar") {
            return try read("grammar") { () throws(GrammarError) in try Grammar(text) }
        }
        if let schema = fields["json_schema"] { return try self.schema(schema, "json_schema") }
        guard let format = try fields.object("response_format") else { return nil }
        switch try format.string("type") {
        case "text", nil: return nil
        case "json_object":
            if let schema = format["schema"] {
                return try self.schema(schema, "response_format.schema")
            }
            return try schema(["type": "object", "additionalProperties": true], "response_format")
        case "json_schema":
            let inner = try format.required("json_schema", try format.object("json_schema"))
            let schema = try inner.required("schema", inner["schema"])
            return try self.schema(schema, "response_format.json_schema.schema")
        case let other?:
            throw .parameter(
                "response_format.type",
                "'response_format.type' is '\(other.prefix(40))', but must be text, json_object or json_schema."
            )
        }
    }

    private func schema(_ schema: JSONNode, _ name: String) throws(APIError) -> Grammar {
        try read(name) { () throws(GrammarError) in try Grammar(jsonSchema: schema.json) }
    }

    private func read(
        _ name: String, _ body: () throws(GrammarError) -> Grammar
    ) throws(APIError) -> Grammar {
        do throws(GrammarError) {
            return try body()
        } catch {
            throw .parameter(name, "'\(name)' cannot be used: \(error.description)")
        }
    }
}
