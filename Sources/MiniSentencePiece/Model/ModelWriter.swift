import Foundation
import MiniTokenizer
import SwiftProtobuf

extension SentencePieceTokenizer {
    /// The model as a `.model` file, which the reference loads.
    public func modelBytes() -> [UInt8] {
        let message = Sentencepiece_ModelProto.with { message in
            message.pieces = (0..<Int32(vocabularySize)).map { id in
                .with {
                    $0.piece = piece(of: id) ?? ""
                    $0.score = model.vocabulary.scores[Int(id)]
                    let kind = model.vocabulary.kinds[Int(id)]
                    // The default is left out, as the reference does.
                    if kind != .normal {
                        $0.type = .init(rawValue: Int(kind.rawValue)) ?? .normal
                    }
                }
            }
            message.trainerSpec = model.trainer
            message.normalizerSpec = model.normalizerSpec
            if let denormalizer = model.denormalizerSpec { message.denormalizerSpec = denormalizer }
        }
        do {
            return try message.serializedBytes()
        } catch {
            fatalError("A model without required fields can be serialised: \(error)")
        }
    }

    /// Writes ``modelBytes()`` to a file.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)`` when it cannot be written.
    public func write(to path: String) throws(TokenizerError) {
        try FileReader.write(modelBytes(), to: path)
    }

    /// Writes a `.vocab` file: on each line a piece, a tab and its score. It is for people; no
    /// program needs it.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)`` when it cannot be written.
    public func writeVocabulary(to path: String) throws(TokenizerError) {
        var lines = ""
        for id in 0..<Int32(vocabularySize) {
            // Six digits, as C prints them.
            let score = String(format: "%g", Double(model.vocabulary.scores[Int(id)]))
            lines += "\(piece(of: id) ?? "")\t\(score)\n"
        }
        try FileReader.write(Array(lines.utf8), to: path)
    }
}
