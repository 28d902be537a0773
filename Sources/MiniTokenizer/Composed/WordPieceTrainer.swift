/// Trains WordPiece tokenizers, the kind of BERT, with BERT's normalizer and pre-tokenizer.
///
///     let tokenizer = try WordPieceTrainer(vocabularySize: 8000).train(onFiles: ["corpus.txt"])
///     try tokenizer.writeHuggingFace(to: "tokenizer.json")
///
/// As in Hugging Face's library the vocabulary is made by merges: the most frequent pair of tokens
/// becomes one, the pair of the smallest ids of several. What does not begin a word is written with
/// `##` in front.
public struct WordPieceTrainer: Sendable {
    /// How many tokens to make: special ones, characters and merges. Fewer if the text yields fewer.
    public var vocabularySize: Int
    /// How often a pair must occur to become a token.
    public var minimumFrequency = 2
    /// Whether text becomes lower case and loses its accents.
    public var lowercases = true
    /// The special tokens, which come first. `[UNK]` must be one of them; `[CLS]` and `[SEP]` go
    /// around a text when special tokens are asked for.
    public var specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    /// Called after each file and every hundred merges, on the calling thread.
    public var progress: (@Sendable (TrainingProgress) -> Void)?
    /// Asked about as often as ``progress`` is called; `true` ends training with
    /// ``TokenizerError/cancelled``.
    public var isCancelled: @Sendable () -> Bool = { Task.isCancelled }

    /// A trainer with BERT's special tokens.
    public init(vocabularySize: Int) { self.vocabularySize = vocabularySize }

    /// Trains on texts.
    ///
    /// - Throws: ``TokenizerError/invalidOption(option:reason:)``, ``TokenizerError/cancelled``.
    public func train(on texts: [String]) throws(TokenizerError) -> ComposedTokenizer {
        try checkOptions()
        var words: [[UInt8]: Int] = [:]
        let total = texts.reduce(0) { $0 + $1.utf8.count }
        var read = 0
        for text in texts {
            count(text, in: &words)
            read += text.utf8.count
            try report(.counting(bytes: read, of: total))
        }
        return try learn(words)
    }

    /// Trains on UTF-8 files of at most 64 MiB each.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)``,
    ///   ``TokenizerError/invalidOption(option:reason:)``, ``TokenizerError/cancelled``.
    public func train(onFiles paths: [String]) throws(TokenizerError) -> ComposedTokenizer {
        try checkOptions()
        var words: [[UInt8]: Int] = [:]
        var total = 0
        for path in paths { total += try FileReader.size(of: path) }
        var read = 0
        for path in paths {
            let bytes = try FileReader.contents(of: path)
            count(String(decoding: bytes, as: UTF8.self), in: &words)
            read += bytes.count
            try report(.counting(bytes: read, of: total))
        }
        return try learn(words)
    }

    private func checkOptions() throws(TokenizerError) {
        guard specialTokens.contains("[UNK]") else {
            throw .invalidOption(
                option: "specialTokens", reason: "[UNK] is needed for unknown words.")
        }
        guard Set(specialTokens.map { Array($0.utf8) }).count == specialTokens.count,
            specialTokens.allSatisfy({ !$0.isEmpty })
        else {
            throw .invalidOption(
                option: "specialTokens", reason: "Each must have a name of its own.")
        }
        guard (1...TokenizerLimits.vocabularySize).contains(vocabularySize) else {
            throw .invalidOption(
                option: "vocabularySize",
                reason: "\(vocabularySize) is not in 1...\(TokenizerLimits.vocabularySize).")
        }
    }

    private func report(_ progress: TrainingProgress) throws(TokenizerError) {
        if isCancelled() { throw .cancelled }
        self.progress?(progress)
    }

    private var normalizer: BertNormalizer { BertNormalizer(lowercases: lowercases) }

    /// Counts the words of a text, line by line, which bounds the memory for places.
    private func count(_ text: String, in words: inout [[UInt8]: Int]) {
        for line in text.split(whereSeparator: \.isNewline) {
            var normalized = NormalizedText(String(line))
            normalizer.normalize(&normalized)
            for word in BertPreTokenizer().split(normalized) { words[word.bytes, default: 0] += 1 }
        }
    }

    private func learn(_ words: [[UInt8]: Int]) throws(TokenizerError) -> ComposedTokenizer {
        var learner = WordPieceLearner(specialTokens: specialTokens, words: words)
        guard learner.names.count <= vocabularySize else {
            throw .invalidOption(
                option: "vocabularySize",
                reason: "\(vocabularySize) is less than the \(learner.names.count) special tokens "
                    + "and characters.")
        }
        let limit = vocabularySize - learner.names.count
        var merges = 0
        try report(.merging(merges: 0, of: limit))
        while learner.names.count < vocabularySize,
            learner.mergeNext(minimum: max(minimumFrequency, 1))
        {
            merges += 1
            if merges.isMultiple(of: 100) { try report(.merging(merges: merges, of: limit)) }
        }
        let added = specialTokens.enumerated().map { AddedToken($1, id: Int32($0)) }
        func marker(_ name: String) -> [(name: String, id: Int32)] {
            added.filter { $0.content == name }.map { ($0.content, $0.id) }
        }
        let model = WordPieceModel(
            vocabulary: TokenVocabulary(names: learner.names), unknownName: "[UNK]",
            prefix: "##", longestWord: 100)
        return ComposedTokenizer(
            parts: ComposedParts(
                normalizer: normalizer, preTokenizer: BertPreTokenizer(), model: model,
                postProcessor: TemplateProcessor(
                    before: marker("[CLS]"), after: marker("[SEP]")),
                decoder: WordPieceDecoder(), addedTokens: added))
    }
}

/// Merges the most frequent pairs of tokens in words.
private struct WordPieceLearner {
    private(set) var names: [[UInt8]]
    private var ids: [[UInt8]: Int32] = [:]
    private var words: [(tokens: [Int32], count: Int)] = []
    private var counts: [UInt64: Int] = [:]
    /// The words in which a pair stood when it was counted.
    private var places: [UInt64: Set<Int>] = [:]

    init(specialTokens: [String], words: [[UInt8]: Int]) {
        names = specialTokens.map { Array($0.utf8) }
        for (id, name) in names.enumerated() { ids[name] = Int32(id) }
        // Words in a fixed order, so that training gives the same tokens each time.
        let sorted = words.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        var characters = Set<[UInt8]>()
        let spelled = sorted.map { Self.characters(of: $0.key) }
        for word in spelled { characters.formUnion(word) }
        for name in characters.sorted(by: { $0.lexicographicallyPrecedes($1) }) { _ = id(of: name) }
        for (word, entry) in zip(spelled, sorted) {
            self.words.append((word.map { id(of: $0) }, entry.value))
        }
        for index in self.words.indices { count(index, times: 1) }
    }

    private static func characters(of word: [UInt8]) -> [[UInt8]] {
        String(decoding: word, as: UTF8.self).unicodeScalars.enumerated().map { index, scalar in
            Array(((index == 0 ? "" : "##") + String(scalar)).utf8)
        }
    }

    private mutating func id(of name: [UInt8]) -> Int32 {
        if let id = ids[name] { return id }
        let id = Int32(names.count)
        names.append(name)
        ids[name] = id
        return id
    }

    private mutating func count(_ index: Int, times: Int) {
        let (tokens, count) = words[index]
        for (left, right) in zip(tokens, tokens.dropFirst()) {
            let pair = MergeTable.pair(left, right)
            counts[pair, default: 0] += count * times
            if counts[pair] == 0 { counts[pair] = nil }
            if times > 0 { places[pair, default: []].insert(index) }
        }
    }

    /// Makes a token of the most frequent pair; `false` if none is frequent enough.
    mutating func mergeNext(minimum: Int) -> Bool {
        guard
            let best = counts.max(by: {
                $0.value != $1.value ? $0.value < $1.value : $0.key > $1.key
            }), best.value >= minimum
        else { return false }
        let (left, right) = (Int32(best.key >> 32), Int32(truncatingIfNeeded: best.key))
        let made = id(of: names[Int(left)] + names[Int(right)].dropFirst(2))
        for index in places.removeValue(forKey: best.key) ?? [] {
            count(index, times: -1)
            var merged: [Int32] = []
            for token in words[index].tokens {
                if token == right, merged.last == left {
                    merged[merged.count - 1] = made
                } else {
                    merged.append(token)
                }
            }
            words[index].tokens = merged
            count(index, times: 1)
        }
        counts[best.key] = nil
        return true
    }
}
