/// Every piece is one token.
struct WordLevelModel: TokenModel {
    let vocabulary: TokenVocabulary
    let unknownName: String

    var unknownToken: Int32? { vocabulary.id(of: Array(unknownName.utf8)) }

    var members: [(name: String, value: PartValue)] {
        [("type", .text("WordLevel")), ("unk_token", .text(unknownName))]
    }

    func encode(_ piece: [UInt8]) throws(TokenizerError) -> [ModelToken] {
        guard let id = vocabulary.id(of: piece) ?? unknownToken else {
            throw .unknownPiece(piece)
        }
        return [ModelToken(id: id, range: piece.indices)]
    }

    func write(to writer: inout JSONWriter) { vocabulary.write(to: &writer) }
}

/// WordPiece (Schuster and Nakajima 2012): the longest token that begins a word, then the longest
/// that goes on with it, and so on; a word that cannot be expressed is one unknown token.
struct WordPieceModel: TokenModel {
    let vocabulary: TokenVocabulary
    let unknownName: String
    /// What the names of tokens inside a word begin with.
    let prefix: String
    /// Words with more characters are unknown.
    let longestWord: Int

    var unknownToken: Int32? { vocabulary.id(of: Array(unknownName.utf8)) }

    var members: [(name: String, value: PartValue)] {
        [
            ("type", .text("WordPiece")), ("unk_token", .text(unknownName)),
            ("continuing_subword_prefix", .text(prefix)),
            ("max_input_chars_per_word", .number(longestWord)),
        ]
    }

    func encode(_ piece: [UInt8]) throws(TokenizerError) -> [ModelToken] {
        let count = piece.count { $0 & 0xC0 != 0x80 }
        if count <= longestWord, let tokens = tokens(of: piece) { return tokens }
        guard let unknownToken else { throw .unknownPiece(piece) }
        return [ModelToken(id: unknownToken, range: piece.indices)]
    }

    private func tokens(of piece: [UInt8]) -> [ModelToken]? {
        let prefix = Array(self.prefix.utf8)
        // The prefix stands right before each rest of the word.
        var buffer = prefix + piece
        var result: [ModelToken] = []
        var start = 0
        while start < piece.count {
            if start > 0 { buffer.replaceSubrange(start..<start + prefix.count, with: prefix) }
            let first = start == 0 ? prefix.count : start
            var end = piece.count
            let found: Int32? = buffer.withUnsafeBufferPointer { buffer in
                while end > start {
                    let name = UnsafeBufferPointer(rebasing: buffer[first..<end + prefix.count])
                    if let id = vocabulary.id(of: name) { return id }
                    end -= 1
                    while end > start, piece[end] & 0xC0 == 0x80 { end -= 1 }
                }
                return nil
            }
            guard let found else { return nil }
            result.append(ModelToken(id: found, range: start..<end))
            start = end
        }
        return result
    }

    func write(to writer: inout JSONWriter) { vocabulary.write(to: &writer) }
}

extension TokenizerError {
    /// The error for a piece that a vocabulary without an unknown token cannot express.
    static func unknownPiece(_ piece: [UInt8]) -> TokenizerError {
        let scalar = String(decoding: piece, as: UTF8.self).unicodeScalars.first
        return .unknownCharacter(scalar ?? "\u{FFFD}", offset: 0)
    }
}
