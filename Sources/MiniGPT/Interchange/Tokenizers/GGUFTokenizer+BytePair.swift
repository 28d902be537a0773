import MiniTokenizer

extension GGUFTokenizer {
    private static let file = "the GGUF tokenizer"

    /// The tokenizer of a GGUF file, from a byte-level BPE.
    ///
    /// - Throws: `TokenizerError.unsupported` if it cuts text into words in a way that llama.cpp has
    ///   no name for, or changes it before: llama.cpp would give other tokens.
    public init(_ tokenizer: BytePairTokenizer) throws(TokenizerError) {
        guard tokenizer.normalizations.isEmpty else {
            throw .unsupported(
                file: Self.file, entry: "the normalizer",
                reason: "llama.cpp does not normalize text before it cuts it, so its tokens would "
                    + "differ.")
        }
        guard
            let splitting = GGUFSplitting.name(
                of: tokenizer.splitting, prefersWholePieces: tokenizer.prefersWholePieces)
        else {
            throw .unsupported(
                file: Self.file, entry: "the splitting rule",
                reason: "llama.cpp has no name for this rule, so its tokens would differ; it has "
                    + "one for the rules of GPT-2, Llama 3, Qwen2 and others.")
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
            beginOfText: end, endOfText: end, splitting: splitting)
    }

    /// The tokenizer that a GGUF file carries.
    ///
    /// - Throws: `TokenizerError` if its tokens and merges do not make a byte-level BPE, or it cuts
    ///   text in a way that is not known here.
    public func bytePairTokenizer() throws(TokenizerError) -> BytePairTokenizer {
        guard let cutting = GGUFSplitting(named: splitting) else {
            throw .unsupported(
                file: Self.file, entry: "tokenizer.ggml.pre",
                reason: "The splitting rule \(quoted(splitting ?? "")) is not known here, and with "
                    + "another one the tokens would be wrong. Take the model's tokenizer.json.")
        }
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
            {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}
            """
        let splits = cutting.rules.map(Self.preTokenizer) + [byteLevel]
        let json = JSONText.object([
            ("version", "\"1.0\""), ("added_tokens", "[\(added.joined(separator: ","))]"),
            ("normalizer", "null"),
            (
                "pre_tokenizer",
                JSONText.object([
                    ("type", "\"Sequence\""),
                    ("pretokenizers", "[\(splits.joined(separator: ","))]"),
                ])
            ),
            ("post_processor", "null"),
            ("decoder", byteLevel),
            (
                "model",
                JSONText.object([
                    ("type", "\"BPE\""), ("ignore_merges", "\(cutting.prefersWholePieces)"),
                    ("vocab", JSONText.object(vocabulary)),
                    ("merges", "[\(merges.map(JSONText.string).joined(separator: ","))]"),
                ])
            ),
        ])
        return try BytePairTokenizer.read(huggingFaceJSON: Array(json.utf8), file: Self.file)
    }

    /// A splitting rule as `tokenizer.json` has it.
    private static func preTokenizer(_ rule: SplittingRule) -> String {
        if case .digits(let individually) = rule {
            return #"{"type":"Digits","individual_digits":\#(individually)}"#
        }
        return JSONText.object([
            ("type", "\"Split\""),
            ("pattern", JSONText.object([("Regex", JSONText.string(rule.pattern))])),
            ("behavior", "\"Isolated\""), ("invert", "false"),
        ])
    }
}
