/// Trains byte-level byte-pair encodings.
///
///     var trainer = BytePairTrainer(vocabularySize: 8000)
///     trainer.specialTokens = ["<|endoftext|>"]
///     let training = try trainer.train(onFiles: ["corpus.txt"])
///     training.tokenizer.encode("…")
///
/// The result depends on the text and the options alone: not on the number of threads, and not
/// on where the text was cut for counting. With the same alphabet and options it has the same
/// merges as Hugging Face's `BpeTrainer`, ties included.
public struct BytePairTrainer: Sendable {
    /// Where special tokens get their ids.
    public enum SpecialTokenPlacement: Sendable {
        /// Before the bytes, from id 0, as in Hugging Face's trainer.
        case first
        /// After the merges, as in GPT-2.
        case last
    }

    /// How many tokens to make: special tokens, the 256 bytes and merges. Training ends with
    /// fewer when the text has no more pairs to merge.
    public var vocabularySize: Int

    /// How text is cut into pieces; merges never cross a cut.
    public var splitting: SplittingRule = .gpt2

    /// Names of tokens that no text becomes by merging. In training text they are ordinary text.
    public var specialTokens: [String] = []

    /// Where special tokens get their ids.
    public var specialTokenPlacement = SpecialTokenPlacement.first

    /// Pairs that occur less often are not merged.
    public var minimumFrequency = 1

    /// How many threads count words; `nil` means one per processor.
    public var threads: Int?

    /// Called after each block of text and every hundred merges, on the calling thread.
    public var progress: (@Sendable (TrainingProgress) -> Void)?

    /// Asked about as often as ``progress`` is called; `true` ends training with
    /// ``TokenizerError/cancelled``. The default follows the task that training runs in.
    public var isCancelled: @Sendable () -> Bool = { Task.isCancelled }

    /// A trainer with GPT-2's splitting rule and no special tokens.
    public init(vocabularySize: Int) {
        self.vocabularySize = vocabularySize
    }

    /// Trains on texts. Pieces do not reach from one text into the next.
    ///
    /// - Throws: ``TokenizerError/invalidOption(option:reason:)``, ``TokenizerError/cancelled``.
    public func train(on texts: [String]) throws(TokenizerError) -> BytePairTraining {
        try checkOptions()
        let splitter = try Splitter([splitting])
        var counting = ParallelCounting(splitter, threads: threads)
        var total = 0
        for text in texts { total += text.utf8.count }
        for text in texts {
            let bytes = ContiguousArray(text.utf8)
            var failure: TokenizerError?
            bytes.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                do throws(TokenizerError) {
                    _ = try counting.count(base, buffer.count, ended: true) {
                        read throws(TokenizerError) in
                        try report(.counting(bytes: read, of: total))
                    }
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
        }
        return try learn(counting.finish())
    }

    /// Trains on files of UTF-8 text, which are read in blocks: memory depends on the number of
    /// distinct words, not on the size of the files.
    ///
    /// Pieces do not reach from one file into the next. Bytes that are not UTF-8 count as
    /// symbols. With a custom splitting rule a file is read whole, since nothing is known about
    /// where it could be cut.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)``,
    ///   ``TokenizerError/invalidOption(option:reason:)``, ``TokenizerError/cancelled``.
    public func train(onFiles paths: [String]) throws(TokenizerError) -> BytePairTraining {
        try checkOptions()
        let splitter = try Splitter([splitting])
        var counting = ParallelCounting(splitter, threads: threads)
        var total = 0
        for path in paths { total += try FileReader.size(of: path) }
        for path in paths {
            let reader = try FileReader(path)
            var block = CountingBlock(capacity: counting.blockSize)
            while true {
                let ended = try block.fill(from: reader)
                let used = try block.withBytes { (base, count) throws(TokenizerError) in
                    try counting.count(base, count, ended: ended) { read throws(TokenizerError) in
                        try report(.counting(bytes: read, of: total))
                    }
                }
                if ended { break }
                block.drop(used)
            }
        }
        return try learn(counting.finish())
    }

    private func checkOptions() throws(TokenizerError) {
        let least = 256 + specialTokens.count
        guard vocabularySize >= least else {
            throw .invalidOption(
                option: "vocabularySize",
                reason: "\(vocabularySize) is less than the alphabet of 256 bytes and "
                    + "\(specialTokens.count) special tokens: \(least) is the least.")
        }
        guard vocabularySize <= TokenizerLimits.vocabularySize else {
            throw .invalidOption(
                option: "vocabularySize",
                reason: "\(vocabularySize) is more than \(TokenizerLimits.vocabularySize).")
        }
        var seen = Set<[UInt8]>()
        for token in specialTokens {
            let bytes = Array(token.utf8)
            guard bytes.count > 1, token.unicodeScalars.count > 1,
                bytes.count <= TokenizerLimits.learnedTokenLength
            else {
                throw .invalidOption(
                    option: "specialTokens",
                    reason: "\(token.debugDescription) must have 2 to "
                        + "\(TokenizerLimits.learnedTokenLength) characters.")
            }
            guard seen.insert(bytes).inserted else {
                throw .invalidOption(
                    option: "specialTokens", reason: "\(token.debugDescription) appears twice.")
            }
        }
        if let threads, threads < 1 {
            throw .invalidOption(option: "threads", reason: "\(threads) is less than 1.")
        }
    }

    private func report(_ progress: TrainingProgress) throws(TokenizerError) {
        if isCancelled() { throw .cancelled }
        self.progress?(progress)
    }

    private func learn(_ counter: consuming WordCounter) throws(TokenizerError) -> BytePairTraining
    {
        let specialsAtStart = specialTokenPlacement == .first ? specialTokens : []
        var tokens: [[UInt8]] = specialsAtStart.map { Array($0.utf8) }
        var ofByte = [Int32](repeating: 0, count: 256)
        for byte in ByteAlphabet.bytesInAlphabeticalOrder {
            ofByte[Int(byte)] = Int32(tokens.count)
            tokens.append([byte])
        }
        let mergeLimit = vocabularySize - 256 - specialTokens.count
        // A merge never makes a special token: text must not become one.
        let reserved = Set(specialTokens.compactMap { ByteAlphabet.bytes(ofVisible: $0) })
        let distinctWords = counter.distinctCount
        try report(.merging(merges: 0, of: mergeLimit))
        var learner = MergeLearner(counter, ofByte: ofByte)
        var steps: [MergeStep] = []
        steps.reserveCapacity(mergeLimit)
        while steps.count < mergeLimit,
            let (left, right, index) = learner.mostFrequentPair(minimum: minimumFrequency)
        {
            let bytes = tokens[Int(left)] + tokens[Int(right)]
            if bytes.count > TokenizerLimits.learnedTokenLength || reserved.contains(bytes) {
                continue
            }
            let made = Int32(tokens.count)
            tokens.append(bytes)
            let count = learner.merge(pair: index, into: made)
            steps.append(
                MergeStep(
                    merge: BytePairMerge(left: left, right: right, made: made), count: count))
            if steps.count.isMultiple(of: 100) {
                try report(.merging(merges: steps.count, of: mergeLimit))
            }
        }
        let firstSpecial = specialTokenPlacement == .first ? 0 : tokens.count
        if specialTokenPlacement == .last { tokens += specialTokens.map { Array($0.utf8) } }
        let added = specialTokens.enumerated().map { index, content in
            AddedToken(content, id: Int32(firstSpecial + index))
        }
        let specialIDs = firstSpecial..<firstSpecial + specialTokens.count
        let model = BytePairModel(
            tokens: TokenStore(tokens) { !specialIDs.contains(Int($0)) },
            merges: steps.map(\.merge), ofByte: ofByte, splitter: try Splitter([splitting]),
            addedTokens: added, settings: BytePairSettings())
        return BytePairTraining(
            tokenizer: BytePairTokenizer(model: model), steps: steps,
            distinctPieceCount: distinctWords)
    }
}

/// How far training has come.
public enum TrainingProgress: Hashable, Sendable {
    /// So many bytes of text have been counted.
    case counting(bytes: Int, of: Int)
    /// So many merges have been learned.
    case merging(merges: Int, of: Int)
}

/// One step of training: which pair was merged, and how often it stood in the text.
public struct MergeStep: Hashable, Sendable {
    /// The pair and the token it became.
    public let merge: BytePairMerge
    /// How often the pair occurred when it was merged.
    public let count: Int
}

/// A trained tokenizer and how it came about.
public struct BytePairTraining: Sendable {
    /// The tokenizer that was trained.
    public let tokenizer: BytePairTokenizer
    /// The merges with their counts, in order.
    public let steps: [MergeStep]
    /// How many different pieces the text had.
    public let distinctPieceCount: Int
}

extension BytePairTokenizer {
    /// Trains a tokenizer on a text; ``BytePairTrainer`` has more options.
    ///
    /// - Throws: ``TokenizerError/invalidOption(option:reason:)`` when the vocabulary is smaller
    ///   than the alphabet of 256 bytes and the special tokens.
    public static func train(
        on text: String, vocabularySize: Int, splitting: SplittingRule = .gpt2,
        specialTokens: [String] = [], minimumFrequency: Int = 1
    ) throws(TokenizerError) -> BytePairTokenizer {
        var trainer = BytePairTrainer(vocabularySize: vocabularySize)
        trainer.splitting = splitting
        trainer.specialTokens = specialTokens
        trainer.minimumFrequency = minimumFrequency
        return try trainer.train(on: [text]).tokenizer
    }
}
