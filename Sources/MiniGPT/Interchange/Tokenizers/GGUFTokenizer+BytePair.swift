import MiniTokenizer

extension GGUFTokenizer {
    private static let file = "the GGUF tokenizer"

    /// The tokenizer of a GGUF file, from a byte-level BPE.
    ///
    /// - Throws: `TokenizerError.unsupported` if it cuts text into words with another pattern than
    ///   GPT-2's, or changes it before: llama.cpp would give other tokens.
    public init(_ tokenizer: BytePairTokenizer) throws(TokenizerError) {
        guard tokenizer.splitting == [.gpt2], tokenizer.normalizations.isEmpty else {
            throw .unsupported(
                file: Self.file, entry: "the splitting rule",
                reason: "Only GPT-2's pattern, without normalization, gives the same tokens there.")
        }
        let names = try tokenizer.tokenNames(file: Self.file)
        var types = [TokenType](repeating: .normal, count: names.count)
        for token in tokenizer.addedTokens {
            types[Int(token.id)] = token.isSpecial ? .control : .userDefined
        }
        let end = tokenizer.endOfText.map { Int($0) }
        self.init(
            tokens: names, types: types,
            merges: tokenizer.merges.map { "\(names[Int($0.left)]) \(names[Int($0.right)])" },
            beginOfText: end, endOfText: end)
    }

    /// The tokenizer that a GGUF file carries.
    ///
    /// - Throws: `TokenizerError` if its tokens and merges do not make a byte-level BPE.
    public func bytePairTokenizer() throws(TokenizerError) -> BytePairTokenizer {
        var added: [String] = []
        var vocabulary: [(key: String, value: String)] = []
        for (id, (token, type)) in zip(tokens, types).enumerated() {
            vocabulary.append((token, "\(id)"))
            guard type == .control || type == .userDefined else { continue }
            added.append(
                JSONText.object([
                    ("id", "\(id)"), ("content", JSONText.string(token)), ("single_word", "false"),
                    ("lstrip", "false"), ("rstrip", "false"), ("normalized", "false"),
                    ("special", "\(type == .control)"),
                ]))
        }
        let byteLevel = """
            {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}
            """
        let json = JSONText.object([
            ("version", "\"1.0\""), ("added_tokens", "[\(added.joined(separator: ","))]"),
            ("normalizer", "null"), ("pre_tokenizer", byteLevel), ("post_processor", "null"),
            ("decoder", byteLevel),
            (
                "model",
                JSONText.object([
                    ("type", "\"BPE\""), ("vocab", JSONText.object(vocabulary)),
                    ("merges", "[\(merges.map(JSONText.string).joined(separator: ","))]"),
                ])
            ),
        ])
        return try BytePairTokenizer.read(huggingFaceJSON: Array(json.utf8), file: Self.file)
    }
}
