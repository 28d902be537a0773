/// Tokens around a text by a template, such as `[CLS] $A [SEP]`.
struct TemplateProcessor: PostProcessor {
    static let typeName = "TemplateProcessing"

    /// One place of the template for a text alone.
    private enum Place: Sendable {
        case text
        case tokens([ProcessedToken])
    }

    private let places: [Place]
    let members: [(name: String, value: PartValue)]

    /// A template that puts tokens before a text and after it.
    init(
        before: [(name: String, id: Int32)] = [], after: [(name: String, id: Int32)] = []
    ) {
        func tokens(_ markers: [(name: String, id: Int32)]) -> [Place] {
            markers.map { .tokens([ProcessedToken(id: $0.id, name: $0.name)]) }
        }
        places = tokens(before) + [.text] + tokens(after)
        func marker(_ name: String) -> PartValue {
            .members([("SpecialToken", .members([("id", .text(name)), ("type_id", .number(0))]))])
        }
        func text(_ name: String, _ type: Int) -> PartValue {
            .members([("Sequence", .members([("id", .text(name)), ("type_id", .number(type))]))])
        }
        let front = before.map { marker($0.name) }
        let back = after.map { marker($0.name) }
        var described = Set<String>()
        let all = (before + after).filter { described.insert($0.name).inserted }
        members = [
            ("single", .list(front + [text("A", 0)] + back)),
            ("pair", .list(front + [text("A", 0)] + back + [text("B", 1)] + back)),
            (
                "special_tokens",
                .members(
                    all.map {
                        (
                            $0.name,
                            .members([
                                ("id", .text($0.name)), ("ids", .list([.number(Int($0.id))])),
                                ("tokens", .list([.text($0.name)])),
                            ])
                        )
                    })
            ),
        ]
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        guard let single = members.node["single"]?.array else {
            throw members.failure("single", expected: "a list")
        }
        var places: [Place] = []
        for piece in single {
            if let text = piece["Sequence"] {
                guard text["id"]?.string == "A" else {
                    throw members.failure("single", expected: "the text A alone")
                }
                places.append(.text)
            } else if let name = piece["SpecialToken"]?["id"]?.string {
                places.append(.tokens(try Self.tokens(of: name, members)))
            } else {
                throw members.failure("single", expected: "texts and special tokens")
            }
        }
        self.places = places
        self.members = ["single", "pair", "special_tokens"].map {
            ($0, PartValue(members.node[$0] ?? .null))
        }
    }

    private static func tokens(
        of name: String, _ members: PartMembers
    ) throws(TokenizerError) -> [ProcessedToken] {
        let entry = members.node["special_tokens"]?[name]
        guard let ids = entry?["ids"]?.array, let names = entry?["tokens"]?.array,
            ids.count == names.count
        else {
            throw members.failure(
                "special_tokens", expected: "ids and tokens of \(name.debugDescription)")
        }
        var tokens: [ProcessedToken] = []
        for (id, name) in zip(ids, names) {
            guard let id = id.count, id <= Int(Int32.max), let name = name.string else {
                throw members.failure("special_tokens", expected: "numbers and names")
            }
            tokens.append(ProcessedToken(id: Int32(id), name: name))
        }
        return tokens
    }

    var addedTokenIDs: [Int32] {
        places.flatMap { place -> [Int32] in
            guard case .tokens(let tokens) = place else { return [] }
            return tokens.map(\.id)
        }
    }

    func process(_ tokens: inout [ProcessedToken], addsSpecialTokens: Bool) {
        var result: [ProcessedToken] = []
        for place in places {
            switch place {
            case .text: result += tokens
            case .tokens(let markers): if addsSpecialTokens { result += markers }
            }
        }
        tokens = result
    }
}

/// Post-processors one after the other.
struct PostProcessorSequence: PostProcessor {
    static let typeName = "Sequence"

    /// The post-processors, in the order in which they are applied.
    var parts: [any PostProcessor]

    /// Applies post-processors one after the other.
    init(_ parts: [any PostProcessor]) { self.parts = parts }

    init(_ members: PartMembers) throws(TokenizerError) {
        parts = try members.parts("processors", \.postProcessors)
        guard parts.count(where: { !$0.addedTokenIDs.isEmpty }) <= 1 else {
            throw members.unsupported("More than one post-processor adds tokens.")
        }
    }

    var members: [(name: String, value: PartValue)] { [("processors", .parts(parts))] }

    var addedTokenIDs: [Int32] { parts.flatMap(\.addedTokenIDs) }

    func process(_ tokens: inout [ProcessedToken], addsSpecialTokens: Bool) {
        // What adds tokens goes last: the others look at the tokens of the text.
        for part in parts where part.addedTokenIDs.isEmpty {
            part.process(&tokens, addsSpecialTokens: addsSpecialTokens)
        }
        for part in parts where !part.addedTokenIDs.isEmpty {
            part.process(&tokens, addsSpecialTokens: addsSpecialTokens)
        }
    }
}
