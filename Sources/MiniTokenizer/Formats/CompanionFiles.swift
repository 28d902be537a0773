/// The files that stand beside `vocab.json` and `merges.txt` and say which tokens are special:
/// `added_tokens.json`, `special_tokens_map.json` and `tokenizer_config.json`, as transformers saves
/// them.
struct CompanionFiles {
    /// A token that one of the files names.
    struct Token {
        var content: String
        /// The id, where a file says it.
        var id: Int32?
        var isSpecial = false
        var flags: JSONNode?
    }

    /// All tokens that are named, each once, those with ids first, by id.
    private(set) var tokens: [Token] = []
    /// The content of the token that ends a text.
    private(set) var endOfText: String?
    /// Whether a space goes before text that does not begin with one.
    private(set) var addsPrefixSpace = false

    private static let roles = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]
    /// Such a file is small; a tree takes many times the memory of its text.
    private static let longestFile = 4 << 20

    /// Reads what stands beside a file; `nil` if nothing does.
    init?(beside path: String) throws(TokenizerError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        func read(_ name: String) throws(TokenizerError) -> JSONNode? {
            guard FileReader.exists(folder + name) else { return nil }
            let bytes = try FileReader.contents(of: folder + name, limit: Self.longestFile)
            return try JSONReader<TokenizerError>.read(bytes, of: folder + name) {
                (reader) throws(TokenizerError) in
                let node = try JSONNode(&reader)
                try reader.end()
                return node
            }
        }
        let added = try read("added_tokens.json")
        let map = try read("special_tokens_map.json")
        let config = try read("tokenizer_config.json")
        guard added != nil || map != nil || config != nil else { return nil }
        if case .object(let members)? = added {
            for (content, id) in members {
                guard let id = id.count, id < TokenizerLimits.vocabularySize else {
                    throw .malformedFile(
                        file: folder + "added_tokens.json", entry: content.debugDescription,
                        reason: "Its id must be in 0..<\(TokenizerLimits.vocabularySize).",
                        byteOffset: nil)
                }
                note(content, id: Int32(id), isSpecial: false, flags: nil)
            }
        }
        if case .object(let members)? = config?["added_tokens_decoder"] {
            for (id, token) in members {
                guard let id = Int32(id), id >= 0, Int(id) < TokenizerLimits.vocabularySize,
                    let content = token["content"]?.string
                else { continue }
                note(
                    content, id: id, isSpecial: token["special"]?.boolean ?? false, flags: token)
            }
        }
        for file in [map, config].compactMap(\.self) { noteRoles(of: file) }
        addsPrefixSpace = config?["add_prefix_space"]?.boolean ?? false
        tokens.sort { ($0.id ?? .max, $0.content) < ($1.id ?? .max, $1.content) }
    }

    /// The tokens that have a role, such as the end of a text. What the configuration says counts.
    private mutating func noteRoles(of file: JSONNode) {
        func content(_ node: JSONNode?) -> String? { node?.string ?? node?["content"]?.string }
        for role in Self.roles {
            guard let content = content(file[role]), !content.isEmpty else { continue }
            note(content, id: nil, isSpecial: true, flags: file[role])
            if role == "eos_token" { endOfText = content }
        }
        for token in file["additional_special_tokens"]?.array ?? [] {
            if let content = content(token), !content.isEmpty {
                note(content, id: nil, isSpecial: true, flags: token)
            }
        }
    }

    private mutating func note(_ content: String, id: Int32?, isSpecial: Bool, flags: JSONNode?) {
        let index = tokens.firstIndex { $0.content.utf8.elementsEqual(content.utf8) }
        var token = index.map { tokens[$0] } ?? Token(content: content)
        token.id = token.id ?? id
        token.isSpecial = token.isSpecial || isSpecial
        if let flags, flags["content"] != nil { token.flags = flags }
        if let index { tokens[index] = token } else { tokens.append(token) }
    }

    /// The added tokens; those that have no id here have that of the vocabulary, or a new one behind
    /// all others, as in transformers.
    func addedTokens(_ vocabulary: borrowing NameTable) -> [AddedToken] {
        var next = Int32(vocabulary.count)
        for token in tokens { next = max(next, (token.id ?? -1) + 1) }
        var result: [AddedToken] = []
        for token in tokens {
            var id = token.id ?? vocabulary.id(of: token.content)
            if id == nil {
                id = next
                next += 1
            }
            func flag(_ name: String, _ value: Bool) -> Bool {
                token.flags?[name]?.boolean ?? value
            }
            result.append(
                AddedToken(
                    token.content, id: id ?? next, isSpecial: token.isSpecial,
                    isSingleWord: flag("single_word", false), stripsLeft: flag("lstrip", false),
                    stripsRight: flag("rstrip", false),
                    isNormalized: flag("normalized", !token.isSpecial)))
        }
        return result
    }
}
