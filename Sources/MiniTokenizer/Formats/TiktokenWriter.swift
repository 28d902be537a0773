extension BytePairTokenizer {
    /// The tokens as tiktoken's rank file, without special tokens, which tiktoken takes apart:
    ///
    ///     tiktoken.Encoding("mine", pat_str=…, mergeable_ranks=load_tiktoken_bpe(path),
    ///                       special_tokens={"<|endoftext|>": 0})
    ///
    /// - Throws: ``TokenizerError/unsupported(file:entry:reason:)`` when the tokenizer cannot be
    ///   said in ranks: ids must ascend in the order of merges, and each token must be a byte or
    ///   come from one merge.
    public func tiktokenRanks() throws(TokenizerError) -> [UInt8] {
        func unsupported(_ id: Int32, _ reason: String) -> TokenizerError {
            .unsupported(file: "tiktoken ranks", entry: "token \(id)", reason: reason)
        }
        guard !model.settings.addsPrefixSpace, normalizations.isEmpty else {
            throw unsupported(0, "Rank files know neither prefix spaces nor normalisation.")
        }
        var isMade = [Bool](repeating: false, count: vocabularySize)
        var last: Int32 = -1
        for merge in merges {
            guard merge.made > last else {
                throw unsupported(merge.made, "Its id does not follow the order of merges.")
            }
            last = merge.made
            isMade[Int(merge.made)] = true
        }
        let added = Set(addedTokens.map(\.id))
        var result: [UInt8] = []
        for id in 0..<Int32(vocabularySize) where !added.contains(id) {
            guard let range = model.tokens.range(of: id), !range.isEmpty else { continue }
            guard range.count == 1 || isMade[Int(id)] || model.settings.prefersWholePieces else {
                throw unsupported(id, "No merge makes it, but in tiktoken text would become it.")
            }
            Base64.encode(model.tokens.bytes[range], to: &result)
            result.append(contentsOf: " \(id)\n".utf8)
        }
        return result
    }

    /// Writes ``tiktokenRanks()`` to a file.
    ///
    /// - Throws: as ``tiktokenRanks()``, and ``TokenizerError/unreadableFile(file:reason:)``.
    public func writeTiktoken(to path: String) throws(TokenizerError) {
        try FileReader.write(try tiktokenRanks(), to: path)
    }
}
