extension TokenizerFile {
    /// Opens a tokenizer in any of the formats of ``TokenizerFile`` but SentencePiece's: a file, or a
    /// directory that holds one.
    ///
    /// - Parameters:
    ///   - splitting: the splitting rule of files that do not name one; see
    ///     ``BytePairTokenizer/open(_:splitting:specialTokens:)``.
    ///   - specialTokens: names of special tokens and, for rank files, their ids, of files that do
    ///     not have them.
    ///   - parts: the parts of `tokenizer.json` that are known.
    /// - Throws: a ``TokenizerError`` that names file and entry.
    public static func open(
        _ path: String, splitting: SplittingRule? = nil, specialTokens: [String: Int32]? = nil,
        parts: PartRegistry = .standard
    ) throws(TokenizerError) -> any TextTokenizer {
        switch try recognize(path) {
        case .huggingFace(let path):
            return try read(
                huggingFaceJSON: try FileReader.contents(of: path), file: path, parts: parts)
        case .character(let path):
            return try CharacterTokenizer.read(try FileReader.contents(of: path), file: path)
        default:
            return try BytePairTokenizer.open(
                path, splitting: splitting, specialTokens: specialTokens)
        }
    }

    /// Reads `tokenizer.json` from memory: as a ``BytePairTokenizer`` if it is byte-level BPE, as a
    /// ``ComposedTokenizer`` otherwise.
    ///
    /// - Throws: a ``TokenizerError`` that names the entry.
    public static func read(
        huggingFaceJSON bytes: [UInt8], file: String = "tokenizer.json",
        parts: PartRegistry = .standard
    ) throws(TokenizerError) -> any TextTokenizer {
        do throws(TokenizerError) {
            return try BytePairTokenizer.read(huggingFaceJSON: bytes, file: file)
        } catch {
            guard case .unsupported = error else { throw error }
            return try ComposedTokenizer.read(huggingFaceJSON: bytes, file: file, parts: parts)
        }
    }
}

extension ComposedTokenizer {
    /// Reads `tokenizer.json` from memory; `file` names it in errors.
    ///
    /// - Throws: a ``TokenizerError`` that names the entry.
    public static func read(
        huggingFaceJSON bytes: [UInt8], file: String = "tokenizer.json",
        parts: PartRegistry = .standard
    ) throws(TokenizerError) -> ComposedTokenizer {
        try FileReader.checkSize(bytes.count, of: file)
        return try bytes.withPointer { (base, count) throws(TokenizerError) in
            var reader = HuggingFaceReader(base, count: count, file: file)
            return try reader.readComposed(parts)
        }
    }
}
