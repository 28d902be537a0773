import MiniSupport

extension JSONNode {
    /// Reads the text of a schema.
    fileprivate init(schema text: String) throws(GrammarError) {
        guard text.utf8.count <= GrammarLimits.textBytes else {
            throw .tooLarge("bytes", limit: GrammarLimits.textBytes)
        }
        let bytes = Array(text.utf8)
        do {
            self = try JSONNode(strict: bytes)
        } catch {
            let line = bytes.prefix(error.position).count { $0 == 0x0A } + 1
            throw .schema(path: "line \(line)", problem: error.problem)
        }
    }
}

extension Grammar {
    /// White space between the parts of JSON.
    public enum JSONSpacing: Sendable {
        /// None.
        case compact
        /// None, a blank, or one or two line breaks and at most 20 blanks or tabs, as in llama.cpp.
        case flexible
    }

    /// The grammar of the JSON texts that fulfil a schema.
    ///
    /// What it knows of JSON Schema (draft 2020-12): `type` (one or several), `enum`, `const`,
    /// `properties`, `required`, `additionalProperties`, `items`, `prefixItems`, `minItems`, `maxItems`,
    /// `minLength`, `maxLength`, `minimum` and `maximum` (also exclusive) of integers, `format` of
    /// `date`, `time`, `date-time` and `uuid`, `anyOf`, `oneOf` (as `anyOf`), `$ref` within the schema
    /// (`#/…`), and `true`. `title`, `description` and other notes are passed over. Everything else
    /// is an error: a keyword that was not obeyed would be a promise broken.
    ///
    /// Two choices are llama.cpp's: properties come in the schema's order, and others come only if
    /// `additionalProperties` asks for them. Numbers have at most 16 digits before the point, 16 after
    /// it and 2 in the exponent, so that none goes on for ever or is too large to be read.
    ///
    /// - Throws: `GrammarError.schema`, which names the place in the schema.
    public init(
        jsonSchema text: String, spacing: JSONSpacing = .flexible
    ) throws(GrammarError) {
        let document = try JSONNode(schema: text)
        var writer = JSONSchemaWriter(document, spacing: spacing)
        self = try Grammar(try writer.write(), root: "root")
    }

    /// The grammar of all JSON values.
    public static func json(spacing: JSONSpacing = .flexible) -> Grammar {
        do {
            return try Grammar(jsonSchema: "true", spacing: spacing)
        } catch { preconditionFailure("The grammar of JSON is not a grammar: \(error)") }
    }
}
