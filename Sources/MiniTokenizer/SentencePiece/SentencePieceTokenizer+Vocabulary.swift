import Foundation

extension SentencePieceTokenizer {
    /// Writes a `.vocab` file: on each line a piece, a tab and its score. It is for people; no
    /// program needs it.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)`` when it cannot be written.
    public func writeVocabulary(to path: String) throws(TokenizerError) {
        var lines = ""
        for id in 0..<Int32(vocabularySize) {
            // Six digits, as C prints them.
            let score = String(format: "%g", Double(score(of: id) ?? 0))
            lines += "\(piece(of: id) ?? "")\t\(score)\n"
        }
        try FileReader.write(Array(lines.utf8), to: path)
    }
}
