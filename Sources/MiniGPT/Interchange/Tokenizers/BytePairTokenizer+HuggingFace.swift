import Foundation
import MiniTokenizer

extension BytePairTokenizer {
    /// The tokenizer's files in Hugging Face's layout: `tokenizer.json`, and the
    /// `tokenizer_config.json` that tells `AutoTokenizer` how to open it.
    ///
    /// - Parameter contextLength: how many tokens the model looks at.
    /// - Throws: `TokenizerError` if two tokens would have the same name.
    public func huggingFaceFiles(
        contextLength: Int? = nil
    ) throws(TokenizerError) -> [(name: String, contents: Data)] {
        var members: [(key: String, value: String)] = [
            ("clean_up_tokenization_spaces", "false")
        ]
        let end = addedTokens.first { $0.id == endOfText }?.content
        if let end {
            members.append(("bos_token", JSONText.string(end)))
            members.append(("eos_token", JSONText.string(end)))
            members.append(("unk_token", JSONText.string(end)))
        }
        if let contextLength { members.append(("model_max_length", "\(contextLength)")) }
        members.append(("tokenizer_class", "\"PreTrainedTokenizerFast\""))
        members.sort { $0.key < $1.key }
        return [
            ("tokenizer.json", Data(try huggingFaceJSON())),
            ("tokenizer_config.json", Data((JSONText.lines(members) + "\n").utf8)),
        ]
    }
}
