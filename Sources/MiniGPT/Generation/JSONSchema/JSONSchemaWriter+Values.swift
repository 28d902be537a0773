import MiniSupport

/// The rules of strings, numbers and arrays.
extension JSONSchemaWriter {
    mutating func named(
        _ name: String, _ expression: GrammarExpression
    ) -> GrammarExpression {
        draft.names.contains(name)
            ? .rule(draft.index(of: name)) : draft.define(name, expression)
    }

    var space: GrammarExpression {
        mutating get { named("space", words.space) }
    }

    var character: GrammarExpression {
        mutating get { named("character", JSONVocabulary.character) }
    }

    var anyString: GrammarExpression {
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
    var value: GrammarExpression {
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

    mutating func members(
        anyString: GrammarExpression, _ value: GrammarExpression
    ) -> GrammarExpression {
        let member = GrammarExpression.sequence([
            anyString, .text(":"), space, value,
        ])
        return .sequence([.text("{"), space, separated(member, least: 0, most: nil), .text("}")])
    }

    mutating func list(
        _ element: GrammarExpression, least: Int = 0, most: Int? = nil
    ) -> GrammarExpression {
        .sequence([.text("["), space, separated(element, least: least, most: most), .text("]")])
    }

    /// Items with commas between them and space behind the last.
    mutating func separated(
        _ item: GrammarExpression, least: Int, most: Int?
    ) -> GrammarExpression {
        if most == 0 { return .nothing }
        let more = GrammarExpression.repetition(
            .sequence([space, .text(","), space, item]), least: max(0, least - 1),
            most: most.map { $0 - 1 })
        let items = GrammarExpression.sequence([item, more, space])
        return least == 0 ? items.optional : items
    }

    mutating func string(
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

    func integer(
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

    mutating func array(
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

    func bounds(
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
}
