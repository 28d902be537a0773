/// A tokenizer in the format and with the results of Google's SentencePiece (Kudo and Richardson
/// 2018): text is normalised, spaces become `▁`, and pieces are chosen by a unigram model or by
/// byte-pair merges.
///
///     let training = try SentencePieceTrainer(vocabularySize: 8000).train(onFiles: ["corpus.txt"])
///     let tokenizer = training.tokenizer
///     let tokens = tokenizer.encode("Hello world")
///     tokenizer.decode(tokens)
///
/// The module `MiniSentencePiece` opens and writes `.model` files.
///
/// Ids, pieces and decoded text are those of the reference, version 0.2.3. Decoding does not
/// always give the text back: normalisation may have changed it, and without byte fallback
/// characters that the vocabulary lacks are lost.
public struct SentencePieceTokenizer: TextTokenizer {
    /// How a model chooses pieces.
    public enum Algorithm: Hashable, Sendable {
        /// The most probable pieces (Kudo 2018).
        case unigram
        /// Merges of neighbours, best score first.
        case bytePair
        /// Every character is a piece.
        case character
        /// Every word is a piece, with the space mark that begins it.
        case word
    }

    let model: SentencePieceModel

    /// A tokenizer of pieces, checked as the reference's loader does.
    ///
    /// - Parameters:
    ///   - bytes: the UTF-8 of all pieces, one after the other.
    ///   - offsets: where each piece begins in `bytes`, and the end of the last.
    ///   - scores: the score of each piece.
    ///   - kinds: what each piece is for.
    ///   - settings: what the model says beside its pieces.
    ///   - file: the file that the pieces come from, for errors.
    /// - Throws: a ``TokenizerError`` that names the piece or the setting.
    package init(
        bytes: consuming [UInt8], offsets: consuming [UInt32], scores: [Float],
        kinds: [PieceKind], settings: SentencePieceSettings, file: String
    ) throws(TokenizerError) {
        let pieces = PieceArena(bytes: consume bytes, offsets: consume offsets)
        let vocabulary = try PieceVocabulary(
            pieces: pieces, scores: scores, kinds: kinds,
            byteFallback: settings.usesByteFallback,
            separatesReserved: settings.algorithm != .bytePair, file: file)
        model = try SentencePieceModel(vocabulary: vocabulary, settings: settings, file: file)
    }

    /// What the model says beside its pieces.
    package var settings: SentencePieceSettings { model.settings }

    /// How the model chooses pieces.
    public var algorithm: Algorithm { model.settings.algorithm }

    /// The number of pieces.
    public var vocabularySize: Int { model.vocabulary.count }

    /// The control piece that ends a text, `</s>` in most models.
    public var endOfText: Int32? { model.end }

    /// The control piece that begins a text, `<s>` in most models.
    public var beginOfText: Int32? { model.begin }

    /// The control piece that fills batches up, if there is one.
    public var padding: Int32? { model.padding }

    /// The piece for characters that the vocabulary cannot express.
    public var unknownToken: Int32? { model.unknown }

    /// Whether such characters become bytes instead.
    public var usesByteFallback: Bool { !model.vocabulary.ofByte.isEmpty }

    /// The piece of a token as it stands in the model, such as `▁the` or `<0x0A>`.
    public func piece(of token: Int32) -> String? {
        guard has(token) else { return nil }
        return String(decoding: model.vocabulary.table.piece(token), as: UTF8.self)
    }

    /// The token of a piece, written as in the model.
    public func token(ofPiece piece: String) -> Int32? {
        model.vocabulary.id(of: piece.utf8)
    }

    /// The score of a token: a logarithm of its probability, or minus the number of its merge.
    public func score(of token: Int32) -> Float? {
        has(token) ? model.vocabulary.scores[Int(token)] : nil
    }

    /// What a token is for.
    public func kind(of token: Int32) -> PieceKind? {
        has(token) ? model.vocabulary.kinds[Int(token)] : nil
    }

    /// Whether a token is a marker or stands for unknown text.
    public func isSpecial(_ token: Int32) -> Bool {
        kind(of: token).map { $0 == .control || $0 == .unknown } ?? false
    }

    /// The control pieces, which text never becomes unless their names are recognized.
    public var addedTokens: [AddedToken] {
        model.vocabulary.kinds.indices.filter { model.vocabulary.kinds[$0] == .control }.map {
            let name = String(decoding: model.vocabulary.table.piece(Int32($0)), as: UTF8.self)
            return AddedToken(name, id: Int32($0), isSpecial: true)
        }
    }

    func has(_ token: Int32) -> Bool { token >= 0 && Int(token) < model.vocabulary.count }
}
