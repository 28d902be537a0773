import MiniTokenizer

/// How text is cut into words for a byte-level BPE in a GGUF file.
///
/// The file only names the rule, in `tokenizer.ggml.pre`; what a name means is written in llama.cpp
/// (`src/llama-vocab.cpp`). Several regular expressions are applied one after the other, each to the
/// pieces of the one before.
struct GGUFSplitting {
    /// The rules, in order.
    let rules: [SplittingRule]
    /// Whether a piece that is a token as a whole becomes that token, whatever the merges make.
    let prefersWholePieces: Bool

    /// What a name means; `nil` if this library cannot do it. A file without a name has llama.cpp's
    /// rule `default`.
    init?(named name: String?) {
        guard let family = Self.families.first(where: { $0.names.contains(name ?? "default") })
        else { return nil }
        rules = family.rules
        prefersWholePieces = family.prefersWholePieces
    }

    /// The name under which llama.cpp cuts in this way, or `nil` if there is none.
    ///
    /// Merges that were made of ranks find whole pieces anyway, so a name without the preference for
    /// them serves too.
    static func name(of rules: [SplittingRule], prefersWholePieces: Bool) -> String? {
        let families = families.filter { $0.rules == rules }
        let family =
            families.first { $0.prefersWholePieces == prefersWholePieces } ?? families.first
        return family?.names.first
    }

    /// Names that mean the same.
    private struct Family {
        let names: [String]
        let rules: [SplittingRule]
        var prefersWholePieces = false

        init(_ names: String, wholePieces: Bool = false, _ rules: SplittingRule...) {
            self.names = names.split(separator: " ").map(String.init)
            self.rules = rules
            prefersWholePieces = wholePieces
        }
    }

    private static func expression(_ pattern: String) -> SplittingRule {
        SplittingRule(pattern: pattern)
    }

    private static let families: [Family] =
        builtInFamilies + [
            Family(
                "default", expression(#"[\p{P}\$\+<=>\^~\|]+"#), .gpt2, expression(#"\p{N}+"#),
                expression("[0-9][0-9][0-9]")),
            Family(
                "falcon", expression(#"[\p{P}\$\+<=>\^~\|`]+"#), .gpt2,
                expression("[0-9][0-9][0-9]")),
            Family(
                "gpt-4o llama4 kanana2 talkie minimax-m2", expression(wordsByCase + "?" + numbers3)),
            Family(
                "tekken", wholePieces: true, expression(wordsByCaseWithoutContractions + numbers1)),
            Family(
                "tiny_aya cohere2moe", expression(#"\d{1,3}(?=(?:\d{3})*\b)"#),
                expression(wordsByCase + "?" + numbers3)),
            Family(
                "deepseek-coder", expression("[\r\n]"), expression(#"\s?\p{L}+"#),
                expression(#"\s?\p{P}+"#), expression("[一-龥ࠀ-一가-퟿]+"), expression(#"\p{N}"#)),
            Family(
                "deepseek-v3 hunyuan-dense joyai-llm hy_v4", expression(#"\p{N}{1,3}"#),
                expression("[一-龥぀-ゟ゠-ヿ]+"), expression(deepSeekWords)),
            Family("qwen35", expression(qwen35)),
            Family("poro-chat bloom gpt3-finnish", expression(bloom)),
            Family("viking", expression(bloom), expression(#"\p{N}"#)),
            Family("superbpe", expression(#"\p{N}+"#), expression(#"(?=(\d{3})+(?!\d))"#)),
            Family(
                "seed-coder",
                expression(
                    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+"#
                        + lineEnds)),
            Family(
                "minicpm5", wholePieces: true, expression(#"\p{N}{1,3}"#),
                expression(
                    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*"#
                        + lineEnds)),
        ]

    /// The rules that need no regular expression.
    private static let builtInFamilies = [
        Family(
            """
            gpt-2 phi-2 jina-es jina-de jina-v2-es jina-v2-de jina-v1-en jina-v2-code roberta-bpe \
            gigachat a.x-4.0 mellum modern-bert mpt olmo jais trillion granite-docling exaone4
            """, .gpt2),
        Family(
            "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano",
            wholePieces: true, .gpt4Original(maximumDigits: 3)),
        Family("dbrx smaug-bpe glm4 chatglm-bpe", .gpt4Original(maximumDigits: 3)),
        Family(
            """
            qwen2 deepseek-r1-qwen kormo f2llmv2 stablelm2 hunyuan solar-open megrez grok-2 \
            bailingmoe bailingmoe2 llada-moe
            """, .gpt4Original(maximumDigits: 1)),
        Family(
            "smollm starcoder refact command-r codeshell exaone minerva-7b mellum2",
            .digits(individually: true), .gpt2),
    ]

    // MARK: Parts of the expressions, as the models' own files have them

    private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    private static let lineEnds = #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let upper = #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
    private static let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
    private static let wordsByCase =
        upper + "*" + lower + "+" + contractions + "?|" + upper + "+" + lower + "*" + contractions
    private static let wordsByCaseWithoutContractions =
        upper + "*" + lower + "+|" + upper + "+" + lower + "*"
    private static let numbers3 = #"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + lineEnds
    private static let numbers1 = #"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + lineEnds
    private static let bloom = #" ?[^(\s|.,!?…。，、।۔،)]+"#
    private static let qwen35 =
        contractions + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"#
        + lineEnds
    private static let deepSeekWords =
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
        + #"| ?[\p{P}\p{S}]+[\r\n]*"# + lineEnds
}
