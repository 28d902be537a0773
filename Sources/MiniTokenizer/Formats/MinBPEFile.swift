/// The `.model` files of Andrej Karpathy's minbpe: the line `minbpe v1`, a regular expression or
/// nothing, the number of special tokens, a line for each with its id, and a line with two ids for
/// each merge. Ids below 256 are bytes; each merge makes the next one.
enum MinBPEFile {
    /// What such a file begins with.
    static let version = "minbpe v1"

    /// Reads a file's contents; `file` names it in errors.
    static func read(
        _ bytes: [UInt8], file: String
    ) throws(TokenizerError) -> BytePairTokenizer {
        try FileReader.checkSize(bytes.count, of: file)
        func failure(_ line: Int, _ reason: String) -> TokenizerError {
            .malformedFile(file: file, entry: "line \(line)", reason: reason, byteOffset: nil)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure(1, "The file is not UTF-8.")
        }
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        guard lines.count >= 3, lines[0] == version else {
            throw failure(1, "Expected \"\(version)\".")
        }
        guard let count = Int(lines[2]), (0...TokenizerLimits.addedTokens).contains(count),
            lines.count >= count + 3
        else { throw failure(3, "Expected the number of special tokens.") }
        var added: [AddedToken] = []
        for index in 0..<count {
            let line = lines[3 + index]
            guard let space = line.lastIndex(of: " "), space > line.startIndex,
                let id = Int32(line[line.index(after: space)...]), id >= 0,
                Int(id) < TokenizerLimits.vocabularySize
            else { throw failure(4 + index, "Expected a special token and its id.") }
            added.append(AddedToken(String(line[..<space]), id: id))
        }
        var tokens: [[UInt8]] = (0..<256).map { [UInt8($0)] }
        var merges: [BytePairMerge] = []
        for (index, line) in lines.enumerated().dropFirst(3 + count) where !line.isEmpty {
            let ids = line.split(separator: " ").map { Int32($0) }
            guard ids.count == 2, let left = ids[0], let right = ids[1], left >= 0, right >= 0,
                Int(left) < tokens.count, Int(right) < tokens.count
            else { throw failure(index + 1, "Expected the ids of two tokens that exist by then.") }
            let made = tokens[Int(left)] + tokens[Int(right)]
            guard made.count <= TokenizerLimits.tokenLength,
                tokens.count < TokenizerLimits.vocabularySize
            else { throw failure(index + 1, "The token is too long, or there are too many.") }
            merges.append(BytePairMerge(left: left, right: right, made: Int32(tokens.count)))
            tokens.append(made)
        }
        return try tokenizer(
            tokens, merges, added, pattern: String(lines[1]), file: file)
    }

    private static func tokenizer(
        _ tokens: [[UInt8]], _ merges: [BytePairMerge], _ added: [AddedToken], pattern: String,
        file: String
    ) throws(TokenizerError) -> BytePairTokenizer {
        var table = MergeTable(capacity: merges.count)
        for (rank, merge) in merges.enumerated()
        where !table.insert(merge.left, merge.right, rank: UInt32(rank)) {
            throw .malformedFile(
                file: file, entry: "merge \(rank)", reason: "It stands in the list twice.",
                byteOffset: nil)
        }
        var tokens = tokens
        for token in added.sorted(by: { $0.id < $1.id }) {
            guard Int(token.id) == tokens.count else {
                throw .unsupported(
                    file: file, entry: "special token \(token.content.debugDescription)",
                    reason: "Its id is \(token.id); the next free one is \(tokens.count).")
            }
            tokens.append(Array(token.content.utf8))
        }
        let first = tokens.count - added.count
        // Without a regular expression the text is one piece, as in minbpe's BasicTokenizer.
        let rule = pattern.isEmpty ? SplittingRule.none : SplittingRule(pattern: pattern)
        return BytePairTokenizer(
            model: BytePairModel(
                tokens: TokenStore(tokens) { Int($0) < first }, merges: merges, table: table,
                ofByte: (0..<256).map { Int32($0) }, splitter: try Splitter([rule]),
                addedTokens: added, settings: BytePairSettings()))
    }
}
