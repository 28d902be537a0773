// What `tokenizer.json` says about text around a byte-level model: normalising, splitting, decoding.
extension HuggingFaceReader {
    func readNormalizer(_ value: JSONNode) throws(TokenizerError) -> [TextNormalization] {
        if value.isNull { return [] }
        let type = value["type"]?.string ?? ""
        if let normalization = TextNormalization(rawValue: type) { return [normalization] }
        if type == "Sequence", let parts = value["normalizers"]?.array {
            var result: [TextNormalization] = []
            for part in parts { result += try readNormalizer(part) }
            return result
        }
        throw unsupported("normalizer", "The type \(type.debugDescription) is not supported.")
    }

    func readPreTokenizer(
        _ value: JSONNode, _ settings: inout BytePairSettings
    ) throws(TokenizerError) -> [SplittingRule] {
        var parts = [value]
        if value["type"]?.string == "Sequence" { parts = value["pretokenizers"]?.array ?? [] }
        var rules: [SplittingRule] = []
        var isByteLevel = false
        for (index, part) in parts.enumerated() {
            let type = part["type"]?.string ?? ""
            guard !isByteLevel else {
                throw unsupported("pre_tokenizer", "\(type.debugDescription) follows ByteLevel.")
            }
            switch type {
            case "ByteLevel":
                isByteLevel = true
                settings.addsPrefixSpace = part["add_prefix_space"]?.boolean ?? true
                guard index == 0 || !settings.addsPrefixSpace else {
                    throw unsupported(
                        "pre_tokenizer", "add_prefix_space after another rule is not supported.")
                }
                if part["use_regex"]?.boolean ?? true { rules.append(.gpt2) }
            case "Split":
                rules.append(try readSplit(part))
            case "Digits":
                rules.append(.digits(individually: part["individual_digits"]?.boolean ?? false))
            default:
                throw unsupported(
                    "pre_tokenizer", "The type \(type.debugDescription) is not supported.")
            }
        }
        guard isByteLevel else {
            throw unsupported(
                "pre_tokenizer", "There is no ByteLevel: the model is not byte-level.")
        }
        return rules
    }

    private func readSplit(_ value: JSONNode) throws(TokenizerError) -> SplittingRule {
        let rule: SplittingRule
        if let pattern = value["pattern"]?["Regex"]?.string {
            guard pattern != SplittingRule.gpt4PatternInTiktoken else {
                throw unsupported(
                    "pre_tokenizer",
                    "tiktoken's spelling of GPT-4's rule means something else in Hugging Face's "
                        + "engine: {1,3}+ repeats there. Write {1,3}.")
            }
            rule = SplittingRule(pattern: pattern)
        } else if let text = value["pattern"]?["String"]?.string, !text.isEmpty {
            rule = .custom(pattern: RegularExpression.pattern(matching: text))
        } else {
            throw unsupported("pre_tokenizer", "A Split has neither a regular expression nor text.")
        }
        let behavior = value["behavior"]?.string ?? ""
        let invert = value["invert"]?.boolean ?? false
        if behavior == "Isolated" { return rule }
        // What the built-in rules match covers the text, so there are no gaps to remove.
        if behavior == "Removed", invert {
            if case .custom = rule {} else { return rule }
        }
        throw unsupported(
            "pre_tokenizer",
            "A Split with behavior \(behavior.debugDescription) and invert \(invert) is not "
                + "supported.")
    }

    func checkDecoder(_ value: JSONNode) throws(TokenizerError) {
        let type = value["type"]?.string ?? ""
        guard value.isNull || type == "ByteLevel" else {
            throw unsupported("decoder", "The type \(type.debugDescription) is not byte-level.")
        }
    }
}
