extension BytePairTokenizer {
    /// How `tokenizer.json` spells a merge.
    public enum MergeSpelling: Sendable {
        /// `["a", "b"]`, as Hugging Face has written them since late 2024.
        case pairs
        /// `"a b"`, which older programs need.
        case strings
    }

    /// The tokenizer as Hugging Face's `tokenizer.json`.
    ///
    /// - Throws: ``TokenizerError/unsupported(file:entry:reason:)`` when two tokens would have the
    ///   same name.
    public func huggingFaceJSON(merges spelling: MergeSpelling = .pairs) throws(TokenizerError)
        -> [UInt8]
    {
        let names = try tokenNames(file: "tokenizer.json")
        var writer = JSONWriter()
        writer.raw("{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n")
        writer.addedTokens(addedTokens)
        writeNormalizer(&writer)
        writePreTokenizer(&writer)
        let processor = model.postProcessor.map { PartValue.part($0).json }
        writer.raw("  \"post_processor\": \(processor ?? "null"),\n")
        writer.raw(
            "  \"decoder\": {\"type\": \"ByteLevel\", \"add_prefix_space\": true, "
                + "\"trim_offsets\": true, \"use_regex\": true},\n")
        writer.raw("  \"model\": {\n    \"type\": \"BPE\",\n    \"dropout\": null,\n")
        writer.raw("    \"unk_token\": null,\n    \"continuing_subword_prefix\": null,\n")
        writer.raw("    \"end_of_word_suffix\": null,\n    \"fuse_unk\": false,\n")
        writer.raw("    \"byte_fallback\": false,\n")
        writer.raw("    \"ignore_merges\": \(model.settings.prefersWholePieces),\n")
        writer.raw("    \"vocab\": {")
        for (id, name) in names.enumerated() {
            writer.raw(id == 0 ? "\n      " : ",\n      ")
            writer.string(name)
            writer.raw(": \(id)")
        }
        writer.raw("\n    },\n    \"merges\": [")
        for (rank, merge) in merges.enumerated() {
            writer.raw(rank == 0 ? "\n      " : ",\n      ")
            let (left, right) = (names[Int(merge.left)], names[Int(merge.right)])
            switch spelling {
            case .pairs:
                writer.raw("[")
                writer.string(left)
                writer.raw(", ")
                writer.string(right)
                writer.raw("]")
            case .strings:
                writer.string(left + " " + right)
            }
        }
        writer.raw("\n    ]\n  }\n}\n")
        return writer.bytes
    }

    /// The contents of Hugging Face's `tokenizer.json`.
    ///
    /// - Throws: `TokenizerError` if two of its tokens would have the same name.
    public func fileContents() throws(TokenizerError) -> [UInt8] { try huggingFaceJSON() }

    /// Writes `tokenizer.json`.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)`` when the file cannot be written.
    public func writeHuggingFace(
        to path: String, merges spelling: MergeSpelling = .pairs
    ) throws(TokenizerError) {
        try FileReader.write(try huggingFaceJSON(merges: spelling), to: path)
    }

    /// The names of all tokens in vocabulary files: bytes in GPT-2's alphabet, added tokens as
    /// they are.
    package func tokenNames(file: String) throws(TokenizerError) -> [String] {
        var names: [String] = []
        names.reserveCapacity(vocabularySize)
        for id in 0..<vocabularySize {
            let range = model.tokens.range(of: Int32(id)) ?? 0..<0
            names.append(ByteAlphabet.visible(model.tokens.bytes[range]))
        }
        for token in addedTokens { names[Int(token.id)] = token.content }
        var seen = Set<[UInt8]>()
        for (id, name) in names.enumerated() where !seen.insert(Array(name.utf8)).inserted {
            throw .unsupported(
                file: file, entry: "token \(id)",
                reason: "Its name \(name.debugDescription) is also another token's.")
        }
        return names
    }

    private func writeNormalizer(_ writer: inout JSONWriter) {
        let parts = normalizations.map { "{\"type\": \"\($0.rawValue)\"}" }
        switch parts.count {
        case 0: writer.raw("  \"normalizer\": null,\n")
        case 1: writer.raw("  \"normalizer\": \(parts[0]),\n")
        default:
            writer.raw("  \"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [")
            writer.raw(parts.joined(separator: ", "))
            writer.raw("]},\n")
        }
    }

    private func writePreTokenizer(_ writer: inout JSONWriter) {
        writer.raw("  \"pre_tokenizer\": ")
        // ByteLevel brings GPT-2's rule along when it is the last one.
        var rules = splitting
        let usesRegex = rules.last == .gpt2
        if usesRegex { rules.removeLast() }
        let byteLevel =
            "{\"type\": \"ByteLevel\", \"add_prefix_space\": \(model.settings.addsPrefixSpace), "
            + "\"trim_offsets\": true, \"use_regex\": \(usesRegex)}"
        guard !rules.isEmpty else {
            writer.raw(byteLevel + ",\n")
            return
        }
        writer.raw("{\"type\": \"Sequence\", \"pretokenizers\": [")
        for rule in rules {
            if case .digits(let individually) = rule {
                writer.raw("{\"type\": \"Digits\", \"individual_digits\": \(individually)}, ")
            } else {
                writer.raw("{\"type\": \"Split\", \"pattern\": {\"Regex\": ")
                writer.string(rule.pattern)
                writer.raw("}, \"behavior\": \"Isolated\", \"invert\": false}, ")
            }
        }
        writer.raw(byteLevel + "]},\n")
    }
}
