/// Trains BPE models in SentencePiece's manner, with its names and defaults for options.
///
///     var trainer = SentencePieceTrainer(vocabularySize: 8000)
///     trainer.usesByteFallback = true
///     let training = try trainer.train(onFiles: ["corpus.txt"])
///     try training.tokenizer.write(to: "mine.model")
///
/// The text is read line by line. Result and ties are those of the reference's `spm_train
/// --model_type=bpe`; the reference leaves open which of two ways to make the same piece counts
/// when both are equally frequent (`aa` + `a` or `a` + `aa`), and so does this.
public struct SentencePieceTrainer: Sendable {
    /// How many pieces to make: special ones, bytes, symbols, characters and merges.
    public var vocabularySize: Int

    /// The share of the text's characters that become pieces, from 0.98 to 1. The rarest beyond it
    /// are unknown, or bytes.
    public var characterCoverage: Float = 0.9995

    /// Whether unknown characters are encoded as bytes; adds 256 pieces.
    public var usesByteFallback = false

    /// What happens to characters before anything else.
    public var normalization = NormalizationRule.identity

    /// Put a space in front of the text, so that a first word is like any other.
    public var addsDummyPrefix = true

    /// Leave out leading, trailing and repeated spaces.
    public var removesExtraWhitespace = true

    /// Space marks end a word and do not begin it.
    public var treatsWhitespaceAsSuffix = false

    /// Pieces may consist of several space marks.
    public var allowsWhitespaceOnlyPieces = false

    /// Pieces never reach over a space.
    public var splitsByWhitespace = true

    /// Pieces never mix scripts, such as Latin and Greek.
    public var splitsByUnicodeScript = true

    /// Digits are a script of their own.
    public var splitsByNumber = true

    /// Every digit is a piece of its own.
    public var splitsDigits = false

    /// The most characters of a piece, 1 to 512.
    public var longestPiece = 16

    /// Lines with more bytes are left out.
    public var longestLine = 4192

    /// Markers that no text becomes.
    public var controlSymbols: [String] = []

    /// Text that is always one piece.
    public var userDefinedSymbols: [String] = []

    /// The id of `<unk>`.
    public var unknownID = 0

    /// The id of `<s>`, if there shall be one.
    public var beginID: Int? = 1

    /// The id of `</s>`, if there shall be one.
    public var endID: Int? = 2

    /// The id of `<pad>`, if there shall be one.
    public var paddingID: Int?

    /// Take fewer pieces when the text does not yield enough. Otherwise that is an error.
    public var allowsSmallerVocabulary = false

    /// Called after each block of text and every hundred merges, on the calling thread.
    public var progress: (@Sendable (TrainingProgress) -> Void)?

    /// Asked about as often as ``progress`` is called; `true` ends training with
    /// ``TokenizerError/cancelled``. The default follows the task that training runs in.
    public var isCancelled: @Sendable () -> Bool = { Task.isCancelled }

    /// A trainer with the reference's defaults, but without a normalisation rule.
    public init(vocabularySize: Int) {
        self.vocabularySize = vocabularySize
    }

    /// Trains on the lines of texts.
    ///
    /// - Throws: ``TokenizerError/invalidOption(option:reason:)``, ``TokenizerError/cancelled``.
    public func train(on texts: [String]) throws(TokenizerError) -> SentencePieceTraining {
        let plan = try VocabularyPlan(self)
        var words = try plan.words()
        let total = texts.reduce(0) { $0 + $1.utf8.count }
        var read = 0
        for var text in texts {
            text.withUTF8 { words.addLines(of: $0) }
            read += text.utf8.count
            try report(.counting(bytes: read, of: total))
        }
        return try learn(words.finish(), plan)
    }

    /// Trains on the lines of UTF-8 files, which are read in blocks: memory depends on the number
    /// of distinct words.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)``,
    ///   ``TokenizerError/invalidOption(option:reason:)``, ``TokenizerError/cancelled``.
    public func train(onFiles paths: [String]) throws(TokenizerError) -> SentencePieceTraining {
        let plan = try VocabularyPlan(self)
        var words = try plan.words()
        var total = 0
        for path in paths { total += try FileReader.size(of: path) }
        var read = 0
        for path in paths {
            var lines = try LineBlocks(path)
            while let block = try lines.next() {
                block.withUnsafeBufferPointer { words.addLines(of: $0) }
                read += block.count
                try report(.counting(bytes: read, of: total))
            }
        }
        return try learn(words.finish(), plan)
    }

    private func report(_ progress: TrainingProgress) throws(TokenizerError) {
        if isCancelled() { throw .cancelled }
        self.progress?(progress)
    }

    private func learn(
        _ words: [(word: [UInt32], count: Int)], _ plan: VocabularyPlan
    ) throws(TokenizerError) -> SentencePieceTraining {
        guard !words.isEmpty else {
            throw .invalidOption(option: "text", reason: "The text has no line to learn from.")
        }
        let alphabet = plan.alphabet(of: words)
        let mergeLimit = vocabularySize - plan.symbols.count - alphabet.count
        guard mergeLimit >= 0 else {
            throw .invalidOption(
                option: "vocabularySize",
                reason: "\(vocabularySize) is less than \(plan.symbols.count) symbols and "
                    + "\(alphabet.count) characters. Raise it or lower characterCoverage.")
        }
        try report(.merging(merges: 0, of: mergeLimit))
        var learner = PieceLearner(words, alphabet: Set(alphabet), rules: plan.rules)
        var merges: [SentencePieceMerge] = []
        merges.reserveCapacity(mergeLimit)
        while merges.count < mergeLimit, let merge = learner.mergeNext() {
            merges.append(
                SentencePieceMerge(
                    left: String(merge.left), right: String(merge.right),
                    piece: String(merge.piece), count: merge.count))
            if merges.count.isMultiple(of: 100) {
                try report(.merging(merges: merges.count, of: mergeLimit))
            }
        }
        guard merges.count == mergeLimit || allowsSmallerVocabulary else {
            throw .invalidOption(
                option: "vocabularySize",
                reason: "The text yields \(vocabularySize - mergeLimit + merges.count) pieces "
                    + "only. Lower it or set allowsSmallerVocabulary.")
        }
        let pieces = merges.map(\.piece) + alphabet.map { String([$0]) }
        return SentencePieceTraining(
            tokenizer: try plan.tokenizer(pieces: pieces), merges: merges)
    }
}

extension String {
    fileprivate init(_ scalars: [UInt32]) {
        var view = UnicodeScalarView()
        for scalar in scalars { view.append(Unicode.Scalar(scalar) ?? "\u{FFFD}") }
        self.init(view)
    }
}

/// One step of a training: two pieces that were merged, and how often they stood side by side.
public struct SentencePieceMerge: Hashable, Sendable {
    /// The two pieces that stood side by side.
    public let left, right: String
    /// The piece that the two became.
    public let piece: String
    /// How often the two pieces stood side by side.
    public let count: Int
}

/// A trained tokenizer and how it came about.
public struct SentencePieceTraining: Sendable {
    /// The tokenizer that was trained.
    public let tokenizer: SentencePieceTokenizer
    /// The merges with their counts, in order.
    public let merges: [SentencePieceMerge]
}

/// Reads a file in blocks of whole lines.
private struct LineBlocks {
    private let reader: FileReader
    private var rest: [UInt8] = []
    private var ended = false

    init(_ path: String) throws(TokenizerError) { reader = try FileReader(path) }

    mutating func next() throws(TokenizerError) -> ArraySlice<UInt8>? {
        let blockSize = 4 << 20
        while !ended {
            let old = rest.count
            var block = [UInt8](repeating: 0, count: old + blockSize)
            block.replaceSubrange(0..<old, with: rest)
            var failure: TokenizerError?
            let got = block.withUnsafeMutableBufferPointer { buffer in
                do throws(TokenizerError) {
                    return try reader.read(into: buffer.baseAddress! + old, count: blockSize)
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            block.removeLast(blockSize - got)
            if got < blockSize {
                ended = true
                return block.isEmpty ? nil : block[...]
            }
            guard let cut = block.lastIndex(of: 0x0A) else {
                rest = block
                continue
            }
            rest = Array(block[(cut + 1)...])
            return block[...cut]
        }
        return nil
    }
}
