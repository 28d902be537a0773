import MiniTokenizer
import SwiftProtobuf

extension SentencePieceTokenizer {
    /// Opens a `.model` file.
    ///
    /// - Throws: a ``TokenizerError`` that names the file and the entry.
    public static func open(_ path: String) throws(TokenizerError) -> SentencePieceTokenizer {
        try ModelReader.read(try FileReader.contents(of: path), file: path)
    }

    /// Reads a model from memory; `file` names it in errors.
    ///
    /// - Throws: a ``TokenizerError`` that names the entry.
    public static func read(
        model bytes: [UInt8], file: String = "tokenizer.model"
    ) throws(TokenizerError) -> SentencePieceTokenizer {
        try ModelReader.read(bytes, file: file)
    }

    /// The model as a `.model` file, which the reference loads.
    public func modelBytes() -> [UInt8] {
        let specifications = ModelSpecifications(of: self)
        let message = Sentencepiece_ModelProto.with { message in
            message.pieces = (0..<Int32(vocabularySize)).map { id in
                .with {
                    $0.piece = piece(of: id) ?? ""
                    $0.score = score(of: id) ?? 0
                    // The default is left out, as the reference does.
                    if let kind = kind(of: id), kind != .normal {
                        $0.type = .init(rawValue: Int(kind.rawValue)) ?? .normal
                    }
                }
            }
            message.trainerSpec = specifications.trainer
            message.normalizerSpec = specifications.normalizer
            if let denormalizer = specifications.denormalizer {
                message.denormalizerSpec = denormalizer
            }
        }
        return message.bytesOfMessage
    }

    /// Writes ``modelBytes()`` to a file.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)`` when it cannot be written.
    public func write(to path: String) throws(TokenizerError) {
        try FileReader.write(modelBytes(), to: path)
    }
}
