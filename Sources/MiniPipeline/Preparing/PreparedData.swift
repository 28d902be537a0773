import Foundation
import MiniGPT

/// What the stage `prepare` left, as it is noted in `data/processed/prepared.json`.
public struct PreparedData: Sendable, Codable, Equatable {
    /// One of the two parts.
    public struct Part: Sendable, Codable, Equatable {
        /// Ids in the token file.
        public var tokens = 0
        /// Documents, whole or in part.
        public var documents = 0
        /// Bytes of the part as one UTF-8 text, which is the text file beside the tokens.
        public var bytes = 0
        /// Unicode scalars of that text.
        public var characters = 0
    }

    /// How the text was split.
    public enum Split: String, Sendable, Codable {
        /// Whole documents were kept for validation.
        case documents
        /// There were too few documents: the end of the text was kept for validation.
        case text
    }

    /// The sizes of the part to train on.
    public var training: Part
    /// The sizes of the part to validate on.
    public var validation: Part
    /// How many different tokens there are.
    public var vocabularySize: Int
    /// How the texts were divided into the two parts.
    public var split: Split
    /// The token between documents, if the tokenizer has one.
    public var endOfText: Int32?

    /// Bits for each byte of the validation text, for a loss in nats for each token:
    /// loss × tokens / (ln 2 × bytes). It compares models of different tokenizers.
    public func bitsPerByte(loss: Double) -> Double { loss * bitsPerNat }

    /// What a loss is multiplied with for that.
    var bitsPerNat: Double {
        validation.bytes > 0
            ? Double(validation.tokens) / (Foundation.log(2.0) * Double(validation.bytes)) : 0
    }
}

extension Project {
    /// The file `data/processed/prepared.json`, which describes the prepared tokens.
    public var preparedData: URL { url("data/processed/prepared.json") }
    /// `data/processed/train.txt`: the training part as text.
    public var trainingText: URL { url("data/processed/train.txt") }
    /// `data/processed/validation.txt`: the validation part as text.
    public var validationText: URL { url("data/processed/validation.txt") }

    /// Reads `prepared.json`.
    ///
    /// - Throws: `PipelineError` if it is missing or damaged.
    public func readPreparedData() throws(PipelineError) -> PreparedData {
        try JSONFile.read(PreparedData.self, from: preparedData, remedy: .repeat(.prepare))
    }

    /// Reads the tokenizer, byte pairs or characters.
    ///
    /// - Throws: `PipelineError` if it is missing or damaged.
    public func readTokenizer() throws(PipelineError) -> (SavedTokenizer, any TextTokenizer) {
        guard let data = try? Data(contentsOf: tokenizer) else {
            throw PipelineError("\(tokenizer.path) cannot be read", .repeat(.tokenizer))
        }
        let saved = SavedTokenizer(contents: [UInt8](data))
        do {
            return (saved, try saved.tokenizer(file: tokenizer.path))
        } catch {
            throw PipelineError(
                "\(tokenizer.path) is not a tokenizer (\(error))", .repeat(.tokenizer))
        }
    }
}
