import MiniSupport

/// Writes the rules of a JSON schema.
///
/// One rule for each schema that is referred to, one for each kind of value, and for an object two for
/// each property: with and without a comma before it.
struct JSONSchemaWriter {
    private let document: JSONNode
    let words: JSONVocabulary
    var draft = GrammarDraft()
    var objectCount = 0
    private var depth = 0

    /// Keywords that say nothing about the text.
    private static let notes: Set<String> = [
        "title", "description", "default", "examples", "example", "deprecated", "readOnly",
        "writeOnly", "$schema", "$id", "$comment", "$defs", "definitions", "nullable",
    ]
    private static let kinds = [
        "object", "array", "string", "integer", "number", "boolean", "null",
    ]

    init(_ document: JSONNode, spacing: Grammar.JSONSpacing) {
        self.document = document
        words = JSONVocabulary(spacing: spacing)
    }

    mutating func write() throws(GrammarError) -> GrammarDraft {
        let root = draft.index(of: "root")
        draft.define(root, try schema(document, "#"))
        return draft
    }

    // MARK: Schemas

    mutating func schema(
        _ node: JSONNode, _ path: String
    ) throws(GrammarError) -> GrammarExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= GrammarLimits.depth else {
            throw .tooLarge("nested schemas", limit: GrammarLimits.depth)
        }
        switch node {
        case .boolean(true): return value
        case .boolean(false):
            throw .schema(path: path, problem: "is false, which no value fulfils")
        case .object(let members): return try schema(members, node, path)
        default: throw .schema(path: path, problem: "must be an object, true or false")
        }
    }

    mutating func schema(
        _ members: JSONMembers, _ node: JSONNode, _ path: String
    ) throws(GrammarError) -> GrammarExpression {
        var result = try main(node, path, keys: members.map(\.key))
        if case .boolean(true)? = node["nullable"] { result = .choice([result, .text("null")]) }
        return result
    }

    /// The one keyword that decides what kind of schema it is.
    private mutating func main(
        _ node: JSONNode, _ path: String, keys: [String]
    ) throws(GrammarError) -> GrammarExpression {
        if let reference = node["$ref"] {
            try check(keys, path, allowed: ["$ref"])
            return try rule(for: reference, path)
        }
        if let constant = node["const"] {
            try check(keys, path, allowed: ["const", "type"])
            return .text(constant.json)
        }
        if let values = node["enum"] {
            try check(keys, path, allowed: ["enum", "type"])
            guard case .array(let values) = values, !values.isEmpty else {
                throw .schema(path: path + "/enum", problem: "must list at least one value")
            }
            return .choice(values.map { .text($0.json) })
        }
        for key in ["anyOf", "oneOf"] {
            guard let list = node[key] else { continue }
            try check(keys, path, allowed: [key])
            guard case .array(let schemas) = list, !schemas.isEmpty else {
                throw .schema(path: "\(path)/\(key)", problem: "must list at least one schema")
            }
            var choices: [GrammarExpression] = []
            for (index, node) in schemas.enumerated() {
                choices.append(try schema(node, "\(path)/\(key)/\(index)"))
            }
            return .choice(choices)
        }
        switch node["type"] {
        case .string(let kind): return try typed(kind, node, path, keys)
        case .array(let kinds):
            var choices: [GrammarExpression] = []
            for kind in kinds {
                guard case .string(let kind) = kind else {
                    throw .schema(path: path + "/type", problem: "must list names of types")
                }
                choices.append(try typed(kind, node, path, keys, isOneOfSeveral: true))
            }
            guard !choices.isEmpty else {
                throw .schema(path: path + "/type", problem: "must list at least one type")
            }
            return .choice(choices)
        case nil:
            if node["properties"] != nil { return try typed("object", node, path, keys) }
            if node["items"] != nil || node["prefixItems"] != nil {
                return try typed("array", node, path, keys)
            }
            try check(keys, path, allowed: [])
            return value
        default: throw .schema(path: path + "/type", problem: "must be the name of a type")
        }
    }

    private mutating func typed(
        _ kind: String, _ node: JSONNode, _ path: String, _ keys: [String],
        isOneOfSeveral: Bool = false
    ) throws(GrammarError) -> GrammarExpression {
        let own: [String: Set<String>] = [
            "object": ["properties", "required", "additionalProperties"],
            "array": ["items", "prefixItems", "minItems", "maxItems"],
            "string": ["minLength", "maxLength", "format"],
            "integer": ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
        ]
        guard Self.kinds.contains(kind) else {
            throw .schema(path: path + "/type", problem: "is \(quoted(kind)), which is no type")
        }
        let allowed = isOneOfSeveral ? Set(own.values.joined()) : own[kind] ?? []
        try check(keys, path, allowed: allowed.union(["type"]))
        switch kind {
        case "object": return try object(node, path)
        case "array": return try array(node, path)
        case "string": return try string(node, path)
        case "integer": return try integer(node, path)
        case "number":
            // A bound that integers have and other numbers cannot have here.
            if isOneOfSeveral {
                try check(
                    keys, path, allowed: allowed.subtracting(own["integer"] ?? []).union(["type"]))
            }
            return named("number", JSONVocabulary.number)
        case "boolean": return .choice([.text("true"), .text("false")])
        default: return .text("null")
        }
    }

    private func check(
        _ keys: [String], _ path: String, allowed: Set<String>
    ) throws(GrammarError) {
        for key in keys where !allowed.contains(key) && !Self.notes.contains(key) {
            throw .schema(
                path: path,
                problem:
                    "has the keyword \(quoted(key)), which cannot be turned into a grammar here")
        }
    }

    /// The rule of a schema elsewhere in the document, written when it is first referred to.
    private mutating func rule(
        for reference: JSONNode, _ path: String
    ) throws(GrammarError) -> GrammarExpression {
        guard case .string(let target) = reference, target == "#" || target.hasPrefix("#/") else {
            throw .schema(
                path: path, problem: "refers to another document; only # and #/… are followed")
        }
        var node = document
        for part in target.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false)
        where target != "#" {
            let key = part.replacing("~1", with: "/").replacing("~0", with: "~")
            var next = node[String(key)]
            if case .array(let elements) = node, let index = Int(key),
                elements.indices.contains(index)
            {
                next = elements[index]
            }
            guard let next else {
                throw .schema(path: path, problem: "refers to \(target), which is not there")
            }
            node = next
        }
        let name = "reference " + target
        let isNew = !draft.names.contains(name)
        let index = draft.index(of: name)
        if isNew { draft.define(index, try schema(node, target)) }
        return .rule(index)
    }
}
