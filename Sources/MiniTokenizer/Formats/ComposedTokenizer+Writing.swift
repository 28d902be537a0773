extension ComposedTokenizer {
    /// The tokenizer as Hugging Face's `tokenizer.json`.
    public func huggingFaceJSON() -> [UInt8] {
        var writer = JSONWriter()
        writer.raw("{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n")
        writer.addedTokens(addedTokens)
        func write(_ name: String, _ part: (any TokenizerPart)?) {
            writer.raw("  \"\(name)\": \(part.map { PartValue.part($0).json } ?? "null"),\n")
        }
        write("normalizer", parts.normalizer)
        write("pre_tokenizer", parts.preTokenizer)
        write("post_processor", parts.postProcessor)
        write("decoder", parts.decoder)
        writer.raw("  \"model\": {\n")
        for (name, value) in parts.model.members {
            writer.raw("    \"\(name)\": \(value.json),\n")
        }
        parts.model.write(to: &writer)
        writer.raw("\n  }\n}\n")
        return writer.bytes
    }

    /// The contents of Hugging Face's `tokenizer.json`.
    public func fileContents() -> [UInt8] { huggingFaceJSON() }

    /// Writes `tokenizer.json`.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)`` when the file cannot be written.
    public func writeHuggingFace(to path: String) throws(TokenizerError) {
        try FileReader.write(huggingFaceJSON(), to: path)
    }
}

extension JSONWriter {
    /// Writes the member `added_tokens`.
    mutating func addedTokens(_ tokens: [AddedToken]) {
        raw("  \"added_tokens\": [")
        for (index, token) in tokens.enumerated() {
            raw(index == 0 ? "\n" : ",\n")
            raw("    {\"id\": \(token.id), \"content\": ")
            string(token.content)
            raw(", \"single_word\": \(token.isSingleWord), \"lstrip\": \(token.stripsLeft)")
            raw(", \"rstrip\": \(token.stripsRight)")
            raw(", \"normalized\": \(token.isNormalized), \"special\": \(token.isSpecial)}")
        }
        raw(tokens.isEmpty ? "],\n" : "\n  ],\n")
    }
}
