import Foundation
import MiniGPT

/// Tokens as people write them, and as files hold them.
public enum TokenList {
    /// Reads ids from text: numbers with anything but digits between them, as `[1, 2, 3]`, `1 2 3`.
    ///
    /// - Throws: `PipelineError` naming the first word that is no id.
    public static func read(_ text: String) throws(PipelineError) -> [Int32] {
        let separators: Set<Character> = [",", "[", "]", ";"]
        var tokens: [Int32] = []
        for word in text.split(whereSeparator: { $0.isWhitespace || separators.contains($0) }) {
            guard let token = Int32(word), token >= 0 else {
                throw PipelineError(
                    "'\(word.prefix(40))' is no token id; ids are whole numbers from 0 up.")
            }
            tokens.append(token)
        }
        return tokens
    }

    /// Reads ids from a token file or a text.
    ///
    /// - Parameter vocabularySize: of the tokenizer they are for.
    public static func read(
        _ url: URL, vocabularySize: Int
    ) throws(PipelineError) -> [Int32] {
        guard let data = try? Data(contentsOf: url, options: .alwaysMapped) else {
            throw PipelineError("\(url.path) cannot be read.")
        }
        if data.prefix(8).elementsEqual("MINITOKN".utf8) {
            return try describing(url.path) { () throws(TokenStore.FileError) in
                Array(try TokenStore(mapping: url, vocabularySize: vocabularySize))
            }
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw PipelineError("\(url.path) is neither a token file nor a text of token ids.")
        }
        return try read(text)
    }
}
