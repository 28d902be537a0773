import MiniTokenizer
import SwiftProtobuf

/// Reads `.model` files: a protocol buffer message, see `Schema/sentencepiece_model.proto`.
struct ModelReader {
    private let file: String
    private var bytes: [UInt8] = []
    private var offsets: [UInt32] = [0]
    private var scores: [Float] = []
    private var kinds: [PieceKind] = []
    private var trainer: Sentencepiece_TrainerSpec?
    private var normalizer: Sentencepiece_NormalizerSpec?
    private var denormalizer: Sentencepiece_NormalizerSpec?

    /// Bytes of the messages beside the pieces, by field, as far as they were read. A message that
    /// occurs twice is merged, so all occurrences count.
    private var specBytes = [Int: Int]()

    /// Bytes of the training options: they hold lists of symbols, but no texts. As Swift strings
    /// such lists take many times their bytes.
    private static let longestTrainerSpec = 512 << 10
    /// Bytes of a normalisation: the reference's largest table has a quarter of a megabyte.
    private static let longestNormalizerSpec = 4 << 20
    /// Bytes of one piece. The reference takes fewer than 8,000; the smaller limit is that of all
    /// tokenizers here.
    private static let longestPiece = TokenizerLimits.tokenLength

    private init(file: String) { self.file = file }

    static func read(
        _ bytes: consuming [UInt8], file: String
    ) throws(TokenizerError) -> SentencePieceTokenizer {
        try FileReader.checkSize(bytes.count, of: file)
        var reader = ModelReader(file: file)
        var failure: TokenizerError?
        bytes.withUnsafeBufferPointer { buffer in
            do throws(TokenizerError) {
                try reader.reserve(buffer)
                try reader.readFields(buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        // The tables need the room that the file takes.
        _ = consume bytes
        return try reader.finish()
    }

    /// Counts the pieces and their bytes, so that everything is allocated once.
    private mutating func reserve(_ buffer: UnsafeBufferPointer<UInt8>) throws(TokenizerError) {
        var cursor = WireCursor(buffer, file: file)
        var pieces = 0
        var total = 0
        while let field = try cursor.next() {
            guard field.number == 1, let content = field.content else { continue }
            pieces += 1
            total += min(content.count, Self.longestPiece)
        }
        pieces = min(pieces, TokenizerLimits.vocabularySize)
        bytes.reserveCapacity(total)
        offsets.reserveCapacity(pieces + 1)
        scores.reserveCapacity(pieces)
        kinds.reserveCapacity(pieces)
    }

    private func malformed(_ entry: String, _ reason: String, _ place: Int? = nil) -> TokenizerError
    {
        .malformedFile(file: file, entry: entry, reason: reason, byteOffset: place)
    }

    private mutating func readFields(
        _ buffer: UnsafeBufferPointer<UInt8>
    ) throws(TokenizerError) {
        var cursor = WireCursor(buffer, file: file)
        while let field = try cursor.next() {
            guard (1...3).contains(field.number) || field.number == 5 else { continue }
            guard let range = field.content else {
                throw malformed("model", "Field \(field.number) is not a message.", field.start)
            }
            let content = UnsafeBufferPointer(rebasing: buffer[range])
            switch field.number {
            case 1: try readPiece(content, at: field.start)
            case 2:
                try checkLength(field.number, content, Self.longestTrainerSpec, "trainer_spec")
                trainer = try merge(content, into: trainer, "trainer_spec", field.start)
            case 3:
                try checkLength(
                    field.number, content, Self.longestNormalizerSpec, "normalizer_spec")
                normalizer = try merge(content, into: normalizer, "normalizer_spec", field.start)
            default:
                try checkLength(
                    field.number, content, Self.longestNormalizerSpec, "denormalizer_spec")
                denormalizer = try merge(
                    content, into: denormalizer, "denormalizer_spec", field.start)
            }
        }
    }

    private mutating func checkLength(
        _ field: Int, _ content: UnsafeBufferPointer<UInt8>, _ limit: Int, _ entry: String
    ) throws(TokenizerError) {
        specBytes[field, default: 0] += content.count
        guard specBytes[field, default: 0] <= limit else {
            throw malformed(entry, "It is longer than \(limit) bytes.")
        }
    }

    /// A message that occurs twice is merged, as protocol buffers demand.
    private func merge<Message: SwiftProtobuf.Message>(
        _ content: UnsafeBufferPointer<UInt8>, into old: Message?, _ entry: String, _ place: Int
    ) throws(TokenizerError) -> Message {
        var message = old ?? Message()
        do {
            try message.merge(serializedBytes: Array(content))
        } catch {
            throw malformed(entry, "It is not a valid message (\(error)).", place)
        }
        return message
    }

    private mutating func readPiece(
        _ content: UnsafeBufferPointer<UInt8>, at place: Int
    ) throws(TokenizerError) {
        let entry = "piece \(kinds.count)"
        guard kinds.count < TokenizerLimits.vocabularySize else {
            throw malformed(
                entry, "There are more than \(TokenizerLimits.vocabularySize) pieces.", place)
        }
        // A long message is not made into a string first.
        guard content.count <= Self.longestPiece * 4 else {
            throw malformed(
                entry,
                "Its message has \(content.count) bytes; a piece has at most "
                    + "\(Self.longestPiece).", place)
        }
        let message: Sentencepiece_ModelProto.SentencePiece = try merge(
            content, into: nil, entry, place)
        let piece = message.piece.utf8
        guard !piece.isEmpty, piece.count <= Self.longestPiece else {
            throw malformed(
                entry, "It has \(piece.count) bytes; 1 to \(Self.longestPiece) are allowed.", place)
        }
        guard message.score.isFinite else {
            throw malformed(entry, "Its score is \(message.score).", place)
        }
        bytes.append(contentsOf: piece)
        offsets.append(UInt32(bytes.count))
        scores.append(message.score)
        kinds.append(PieceKind(rawValue: UInt8(message.type.rawValue)) ?? .normal)
    }

    private mutating func finish() throws(TokenizerError) -> SentencePieceTokenizer {
        guard !kinds.isEmpty else { throw malformed("pieces", "There are none.") }
        guard let trainer else { throw malformed("trainer_spec", "It is missing.") }
        guard let normalizer else { throw malformed("normalizer_spec", "It is missing.") }
        if trainer.byteFallback {
            // Some converters write U+0000 as a piece beside <0x00>; the reference ignores it.
            for id in kinds.indices
            where offsets[id + 1] - offsets[id] == 1 && bytes[Int(offsets[id])] == 0 {
                kinds[id] = .unused
            }
        }
        let settings = ModelSpecifications(
            trainer: trainer, normalizer: normalizer, denormalizer: denormalizer
        ).settings()
        let (pieces, places) = (bytes, offsets)
        bytes = []
        offsets = []
        return try SentencePieceTokenizer(
            bytes: pieces, offsets: places, scores: scores, kinds: kinds, settings: settings,
            file: file)
    }
}
