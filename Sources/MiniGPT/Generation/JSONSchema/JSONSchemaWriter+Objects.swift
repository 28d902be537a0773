import MiniSupport

/// The rules of objects.
extension JSONSchemaWriter {
    mutating func object(
        _ node: JSONNode, _ path: String
    ) throws(GrammarError) -> GrammarExpression {
        var properties: [(key: String, value: JSONNode)] = []
        if let given = node["properties"] {
            guard case .object(let members) = given else {
                throw .schema(path: path + "/properties", problem: "must be an object")
            }
            properties = Array(members)
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

    func requiredKeys(
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
    mutating func otherMembers(
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
    mutating func object(
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
