/// The members of a part as they stand in `tokenizer.json`, for reading one.
public struct PartMembers: Sendable {
    let node: JSONNode
    let file: String
    let registry: PartRegistry
    /// Where the part stands, for errors, such as `pre_tokenizer.pretokenizers[1]`.
    public let entry: String

    init(_ node: JSONNode, file: String, entry: String, registry: PartRegistry) {
        self.node = node
        self.file = file
        self.entry = entry
        self.registry = registry
    }

    /// The part's name.
    public var type: String { node["type"]?.string ?? "" }

    /// Whether a member is there and not null.
    public func has(_ name: String) -> Bool { node[name].map { !$0.isNull } ?? false }

    /// The error for a member that is not as it should be.
    ///
    /// - Parameter expectation: what is expected, such as `a string`.
    public func failure(_ name: String, expected expectation: String) -> TokenizerError {
        .malformedFile(
            file: file, entry: "\(entry).\(name)", reason: "Expected \(expectation).",
            byteOffset: nil)
    }

    /// The error for something that is sound, but not done here.
    public func unsupported(_ reason: String) -> TokenizerError {
        .unsupported(file: file, entry: entry, reason: reason)
    }

    /// A member that is a string; `default` where it is missing or null.
    ///
    /// - Throws: ``TokenizerError`` if it is something else, or missing without a default.
    public func text(
        _ name: String, default value: String? = nil
    ) throws(TokenizerError) -> String {
        guard has(name) else {
            guard let value else { throw failure(name, expected: "a string") }
            return value
        }
        guard let text = node[name]?.string else { throw failure(name, expected: "a string") }
        return text
    }

    /// A member that is one character.
    ///
    /// - Throws: ``TokenizerError`` if it is something else, or missing without a default.
    public func character(
        _ name: String, default value: Unicode.Scalar? = nil
    ) throws(TokenizerError) -> Unicode.Scalar {
        if !has(name), let value { return value }
        let scalars = Array(try text(name).unicodeScalars)
        guard scalars.count == 1 else { throw failure(name, expected: "one character") }
        return scalars[0]
    }

    /// A member that is true or false; `default` where it is missing or null.
    ///
    /// - Throws: ``TokenizerError`` if it is something else, or missing without a default.
    public func boolean(
        _ name: String, default value: Bool? = nil
    ) throws(TokenizerError) -> Bool {
        guard has(name) else {
            guard let value else { throw failure(name, expected: "true or false") }
            return value
        }
        guard let flag = node[name]?.boolean else {
            throw failure(name, expected: "true or false")
        }
        return flag
    }

    /// A member that is a whole number from 0 up.
    ///
    /// - Throws: ``TokenizerError`` if it is something else, or missing without a default.
    public func count(_ name: String, default value: Int? = nil) throws(TokenizerError) -> Int {
        guard has(name) else {
            guard let value else { throw failure(name, expected: "a whole number") }
            return value
        }
        guard let count = node[name]?.count else { throw failure(name, expected: "a whole number") }
        return count
    }

    /// A member that is one of several words; `default` where it is missing or null.
    ///
    /// - Throws: ``TokenizerError`` if it is another, or missing without a default.
    public func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, default value: Word? = nil
    ) throws(TokenizerError) -> Word where Word.RawValue == String {
        if !has(name), let value { return value }
        guard let word = Word(rawValue: try text(name)) else {
            throw failure(
                name,
                expected: "one of "
                    + Word.allCases.map { $0.rawValue.debugDescription }.joined(separator: ", "))
        }
        return word
    }

    /// A member that is a list of parts of the same kind as this one.
    ///
    /// - Throws: ``TokenizerError`` if it is no list, or one of the parts is not known.
    public func parts<Value>(
        _ name: String, _ kind: KeyPath<PartRegistry, PartRegistry.Kind<Value>>
    ) throws(TokenizerError) -> [Value] {
        guard let nodes = node[name]?.array else { throw failure(name, expected: "a list") }
        var parts: [Value] = []
        for (index, node) in nodes.enumerated() {
            parts.append(
                try registry[keyPath: kind].read(
                    PartMembers(
                        node, file: file, entry: "\(entry).\(name)[\(index)]", registry: registry)))
        }
        return parts
    }
}

/// The value of a member of a part, for writing one.
public indirect enum PartValue: Sendable {
    case null
    case boolean(Bool)
    case number(Int)
    case text(String)
    case list([PartValue])
    case members([(name: String, value: PartValue)])
    case part(any TokenizerPart)

    /// A list of parts.
    static func parts(_ parts: [any TokenizerPart]) -> PartValue { .list(parts.map { .part($0) }) }

    init(_ node: JSONNode) {
        switch node {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .number(let text): self = Int(text).map { .number($0) } ?? .text(text)
        case .string(let text): self = .text(text)
        case .array(let nodes): self = .list(nodes.map { PartValue($0) })
        case .object(let members):
            self = .members(members.map { ($0.key, PartValue($0.value)) })
        }
    }

    var node: JSONNode {
        switch self {
        case .null: .null
        case .boolean(let value): .boolean(value)
        case .number(let value): .number("\(value)")
        case .text(let value): .string(value)
        case .list(let values): .array(values.map(\.node))
        case .members(let members): .object(members.map { ($0.name, $0.value.node) })
        case .part(let part):
            .object(
                [("type", .string(part.typeName))] + part.members.map { ($0.name, $0.value.node) })
        }
    }

    /// The value as JSON on one line.
    var json: String { node.json }
}
