/// Corrects the places of tokens, so that they leave out the blank that a token begins with.
struct ByteLevelProcessor: PostProcessor {
    static let typeName = "ByteLevel"

    /// Whether encoding puts a blank in front of a text, which is no part of the text then.
    var addsPrefixSpace: Bool
    /// Whether places are corrected.
    var trimsOffsets: Bool
    /// A member of the pre-tokenizer of the same name, which is not looked at here.
    private let usesRule: Bool

    /// Corrects the places of tokens.
    init(addsPrefixSpace: Bool = true, trimsOffsets: Bool = true) {
        self.addsPrefixSpace = addsPrefixSpace
        self.trimsOffsets = trimsOffsets
        usesRule = true
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        addsPrefixSpace = try members.boolean("add_prefix_space", default: true)
        trimsOffsets = try members.boolean("trim_offsets", default: true)
        usesRule = try members.boolean("use_regex", default: true)
    }

    var members: [(name: String, value: PartValue)] {
        [
            ("add_prefix_space", .boolean(addsPrefixSpace)),
            ("trim_offsets", .boolean(trimsOffsets)), ("use_regex", .boolean(usesRule)),
        ]
    }

    func process(_ tokens: inout [ProcessedToken], addsSpecialTokens: Bool) {
        if trimsOffsets { Self.trim(&tokens, addsPrefixSpace: addsPrefixSpace) }
    }

    /// Leaves blanks at the ends of tokens out of their places.
    static func trim(_ tokens: inout [ProcessedToken], addsPrefixSpace: Bool) {
        // `Ġ` is a blank of ``ByteAlphabet``.
        let isBlank = { (scalar: Unicode.Scalar) in
            scalar == "\u{120}" || scalar.properties.isWhitespace
        }
        for index in tokens.indices {
            let scalars = tokens[index].name.unicodeScalars
            var leading = scalars.prefix(while: isBlank).count
            let trailing = scalars.reversed().prefix(while: isBlank).count
            var range = tokens[index].range
            if leading > 0 {
                // One blank may be the one that encoding put there, which is no part of the text.
                let isFirst = index == 0 || range.lowerBound == 0
                if addsPrefixSpace, isFirst, leading == 1 { leading = 0 }
                let start = min(range.lowerBound + leading, range.upperBound)
                range = start..<range.upperBound
            }
            if trailing > 0, range.upperBound >= trailing {
                range = range.lowerBound..<max(range.upperBound - trailing, range.lowerBound)
            }
            tokens[index].range = range
        }
    }
}

/// RoBERTa's markers around a text, and places without blanks.
struct RobertaProcessor: PostProcessor {
    static let typeName = "RobertaProcessing"

    private let markers: TextMarkers
    /// Whether places leave out blanks.
    var trimsOffsets: Bool
    /// Whether encoding puts a blank in front of a text.
    var addsPrefixSpace: Bool

    init(_ members: PartMembers) throws(TokenizerError) {
        markers = try TextMarkers(members)
        trimsOffsets = try members.boolean("trim_offsets", default: true)
        addsPrefixSpace = try members.boolean("add_prefix_space", default: true)
    }

    var members: [(name: String, value: PartValue)] {
        markers.members + [
            ("trim_offsets", .boolean(trimsOffsets)),
            ("add_prefix_space", .boolean(addsPrefixSpace)),
        ]
    }

    var addedTokenIDs: [Int32] { markers.ids }

    func process(_ tokens: inout [ProcessedToken], addsSpecialTokens: Bool) {
        if trimsOffsets { ByteLevelProcessor.trim(&tokens, addsPrefixSpace: addsPrefixSpace) }
        if addsSpecialTokens { markers.add(around: &tokens) }
    }
}

/// BERT's markers around a text.
struct BertProcessor: PostProcessor {
    static let typeName = "BertProcessing"

    private let markers: TextMarkers

    init(_ members: PartMembers) throws(TokenizerError) {
        markers = try TextMarkers(members)
    }

    var members: [(name: String, value: PartValue)] { markers.members }

    var addedTokenIDs: [Int32] { markers.ids }

    func process(_ tokens: inout [ProcessedToken], addsSpecialTokens: Bool) {
        if addsSpecialTokens { markers.add(around: &tokens) }
    }
}

/// The tokens `cls` in front of a text and `sep` after it.
private struct TextMarkers: Sendable {
    let begin, end: ProcessedToken

    init(_ members: PartMembers) throws(TokenizerError) {
        func token(_ name: String) throws(TokenizerError) -> ProcessedToken {
            guard let pair = members.node[name]?.array, pair.count == 2,
                let content = pair[0].string, let id = pair[1].count, id <= Int(Int32.max)
            else { throw members.failure(name, expected: "a token's name and its id") }
            return ProcessedToken(id: Int32(id), name: content)
        }
        begin = try token("cls")
        end = try token("sep")
    }

    var ids: [Int32] { [begin.id, end.id] }

    var members: [(name: String, value: PartValue)] {
        [("sep", end), ("cls", begin)].map {
            ($0.0, .list([.text($0.1.name), .number(Int($0.1.id))]))
        }
    }

    func add(around tokens: inout [ProcessedToken]) { tokens = [begin] + tokens + [end] }
}
