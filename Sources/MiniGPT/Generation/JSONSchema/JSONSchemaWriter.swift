/// Writes the rules of a JSON schema.
///
/// One rule for each schema that is referred to, one for each kind of value, and for an object two for
/// each property: with and without a comma before it.
struct JSONSchemaWriter {
    private let document: JSONNode
    private let words: JSONVocabulary
    private var draft = GrammarDraft()
    private var objectCount = 0
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

    private mutating func schema(
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

    private mutating func schema(
        _ members: [(key: String, value: JSONNode)], _ node: JSONNode, _ path: String
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
                try check(keys, path, allowed: allowed.subtracting(own["integer"] ?? []).union(["type"]))
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
                problem: "has the keyword \(quoted(key)), which cannot be turned into a grammar here")
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

    // MARK: Values

    private mutating func named(
        _ name: String, _ expression: GrammarExpression
    ) -> GrammarExpression {
        draft.names.contains(name)
            ? .rule(draft.index(of: name)) : draft.define(name, expression)
    }

    private var space: GrammarExpression {
        mutating get { named("space", words.space) }
    }

    private var character: GrammarExpression {
        mutating get { named("character", JSONVocabulary.character) }
    }

    private var anyString: GrammarExpression {
        mutating get {
            let character = character
            return named(
                "string",
                .sequence([
                    .text("\""), .repetition(character, least: 0, most: nil), .text("\""),
                ]))
        }
    }

    /// Any value.
    private var value: GrammarExpression {
        mutating get {
            guard !draft.names.contains("value") else { return .rule(draft.index(of: "value")) }
            let index = draft.index(of: "value")
            let string = anyString
            let number = named("number", JSONVocabulary.number)
            let (object, array) = (members(anyString: string, .rule(index)), list(.rule(index)))
            draft.define(
                index,
                .choice([
                    object, array, string, number, .text("true"), .text("false"), .text("null"),
                ]))
            return .rule(index)
        }
    }

    private mutating func members(
        anyString: GrammarExpression, _ value: GrammarExpression
    ) -> GrammarExpression {
        let member = GrammarExpression.sequence([
            anyString, .text(":"), space, value,
        ])
        return .sequence([.text("{"), space, separated(member, least: 0, most: nil), .text("}")])
    }

    private mutating func list(
        _ element: GrammarExpression, least: Int = 0, most: Int? = nil
    ) -> GrammarExpression {
        .sequence([.text("["), space, separated(element, least: least, most: most), .text("]")])
    }

    /// Items with commas between them and space behind the last.
    private mutating func separated(
        _ item: GrammarExpression, least: Int, most: Int?
    ) -> GrammarExpression {
        if most == 0 { return .nothing }
        let more = GrammarExpression.repetition(
            .sequence([space, .text(","), space, item]), least: max(0, least - 1),
            most: most.map { $0 - 1 })
        let items = GrammarExpression.sequence([item, more, space])
        return least == 0 ? items.optional : items
    }

    private mutating func string(
        _ node: JSONNode, _ path: String
    ) throws(GrammarError) -> GrammarExpression {
        if let format = node["format"] {
            guard case .string(let name) = format, let text = JSONVocabulary.format(name) else {
                throw .schema(
                    path: path + "/format", problem: "must be date, time, date-time or uuid")
            }
            guard node["minLength"] == nil, node["maxLength"] == nil else {
                throw .schema(path: path, problem: "has both a format and a length")
            }
            return .sequence([.text("\""), text, .text("\"")])
        }
        let (least, most) = try bounds(node, "minLength", "maxLength", path)
        if least == 0, most == nil { return anyString }
        return .sequence([
            .text("\""), .repetition(character, least: least, most: most), .text("\""),
        ])
    }

    private func integer(
        _ node: JSONNode, _ path: String
    ) throws(GrammarError) -> GrammarExpression {
        func bound(_ key: String) throws(GrammarError) -> Int? {
            guard let value = node[key] else { return nil }
            guard case .number(let text) = value, let number = Int(text) else {
                throw .schema(path: "\(path)/\(key)", problem: "must be a whole number")
            }
            return number
        }
        let least = [
            try bound("minimum"), try bound("exclusiveMinimum").map { $0 == .max ? $0 : $0 + 1 },
        ].compactMap { $0 }.max()
        let most = [
            try bound("maximum"), try bound("exclusiveMaximum").map { $0 == .min ? $0 : $0 - 1 },
        ].compactMap { $0 }.min()
        if least == nil, most == nil { return JSONVocabulary.integer }
        guard let expression = IntegerRange.expression(least: least, most: most) else {
            throw .schema(path: path, problem: "allows no whole number")
        }
        return expression
    }

    private mutating func array(
        _ node: JSONNode, _ path: String
    ) throws(GrammarError) -> GrammarExpression {
        let (least, most) = try bounds(node, "minItems", "maxItems", path)
        var item = value
        if let items = node["items"] { item = try schema(items, path + "/items") }
        guard let prefix = node["prefixItems"] else {
            return list(item, least: least, most: most)
        }
        guard case .array(let schemas) = prefix, !schemas.isEmpty else {
            throw .schema(path: path + "/prefixItems", problem: "must list schemas")
        }
        guard node["minItems"] == nil, node["maxItems"] == nil else {
            throw .schema(path: path, problem: "has both prefixItems and a number of items")
        }
        var parts: [GrammarExpression] = [.text("["), space]
        for (index, node) in schemas.enumerated() {
            if index > 0 { parts += [space, .text(","), space] }
            parts.append(try schema(node, "\(path)/prefixItems/\(index)"))
        }
        if node["items"] != nil {
            parts.append(
                .repetition(
                    .sequence([space, .text(","), space, item]), least: 0, most: nil))
        }
        return .sequence(parts + [space, .text("]")])
    }

    private func bounds(
        _ node: JSONNode, _ lower: String, _ upper: String, _ path: String
    ) throws(GrammarError) -> (least: Int, most: Int?) {
        func bound(_ key: String) throws(GrammarError) -> Int? {
            guard let value = node[key] else { return nil }
            guard let count = value.count else {
                throw .schema(path: "\(path)/\(key)", problem: "must be a whole number from 0 up")
            }
            return count
        }
        let (least, most) = (try bound(lower) ?? 0, try bound(upper))
        guard least <= most ?? .max else {
            throw .schema(path: path, problem: "has a \(lower) above its \(upper)")
        }
        return (least, most)
    }

    // MARK: Objects

    private mutating func object(
        _ node: JSONNode, _ path: String
    ) throws(GrammarError) -> GrammarExpression {
        var properties: [(key: String, value: JSONNode)] = []
        if let given = node["properties"] {
            guard case .object(let members) = given else {
                throw .schema(path: path + "/properties", problem: "must be an object")
            }
            properties = members
        }
        let required = try requiredKeys(node, path)
        for key in required where !properties.contains(where: { $0.key == key }) {
            // A key that must be there and of which nothing else is known.
            properties.append((key, .boolean(true)))
        }
        guard let others = try otherMembers(node, path, besides: properties.map(\.key)) else {
            return try object(properties, required, others: nil, path)
        }
        if properties.isEmpty {
            return .sequence([
                .text("{"), space, separated(others, least: 0, most: nil), .text("}"),
            ])
        }
        return try object(properties, required, others: others, path)
    }

    private func requiredKeys(
        _ node: JSONNode, _ path: String
    ) throws(GrammarError) -> [String] {
        guard let list = node["required"] else { return [] }
        guard case .array(let keys) = list else {
            throw .schema(path: path + "/required", problem: "must list keys")
        }
        var result: [String] = []
        for key in keys {
            guard case .string(let key) = key else {
                throw .schema(path: path + "/required", problem: "must list keys")
            }
            if !result.contains(key) { result.append(key) }
        }
        return result
    }

    /// A member that no property describes, if there may be any.
    private mutating func otherMembers(
        _ node: JSONNode, _ path: String, besides keys: [String]
    ) throws(GrammarError) -> GrammarExpression? {
        let isBare = node["properties"] == nil && node["required"] == nil
        guard let rule = node["additionalProperties"] ?? (isBare ? .boolean(true) : nil) else {
            return nil
        }
        if case .boolean(false) = rule { return nil }
        let content = try schema(rule, path + "/additionalProperties")
        var key = anyString
        if !keys.isEmpty {
            guard keys.allSatisfy({ $0.unicodeScalars.count <= GrammarLimits.depth * 4 }) else {
                throw .tooLarge("characters in a key", limit: GrammarLimits.depth * 4)
            }
            key = .sequence([
                .text("\""),
                JSONVocabulary.content(
                    otherThan: keys.map { Array($0.unicodeScalars) }, character: character),
                .text("\""),
            ])
        }
        return .sequence([key, .text(":"), space, content])
    }

    /// From the last property to the first: what may follow, if something was written before and if
    /// nothing was.
    private mutating func object(
        _ properties: [(key: String, value: JSONNode)], _ required: [String],
        others: GrammarExpression?, _ path: String
    ) throws(GrammarError) -> GrammarExpression {
        objectCount += 1
        let number = objectCount
        let comma = GrammarExpression.sequence([space, .text(","), space])
        var afterSome = GrammarExpression.nothing
        var afterNone = GrammarExpression.nothing
        if let others {
            let more = GrammarExpression.repetition(
                .sequence([comma, others]), least: 0, most: nil)
            afterSome = more
            afterNone = GrammarExpression.sequence([others, more]).optional
        }
        for (index, property) in properties.enumerated().reversed() {
            let content = try schema(property.value, "\(path)/properties/\(property.key)")
            let member = draft.define(
                "object \(number) member \(index)",
                .sequence([
                    .text(JSONText.string(property.key)), .text(":"), space, content,
                ]))
            var some: [GrammarExpression] = [.sequence([comma, member, afterSome])]
            var none: [GrammarExpression] = [.sequence([member, afterSome])]
            if !required.contains(property.key) {
                some.append(afterSome)
                none.append(afterNone)
            }
            afterSome = draft.define("object \(number) after \(index)", .choice(some))
            afterNone = draft.define("object \(number) from \(index)", .choice(none))
        }
        return .sequence([.text("{"), space, afterNone, space, .text("}")])
    }
}
