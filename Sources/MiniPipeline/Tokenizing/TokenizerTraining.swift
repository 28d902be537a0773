import Foundation
import MiniGPT

/// Trains a tokenizer: the stage `.tokenizer` of a project, or on a text of its own.
///
///     try TokenizerTraining().run(in: project)
public struct TokenizerTraining: Sendable {
    /// The kinds of tokenizers that can be trained.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Bytes, and merges of them that were learned: any text can be written.
        case bytePair = "bpe"
        /// Characters of the text: the simplest, and for small alphabets.
        case character
    }

    /// The kind of tokenizer: byte pairs or characters.
    public var kind = Kind.bytePair
    /// How many tokens of byte pairs, the special ones included.
    public var vocabularySize = 5_000
    /// How text is cut into pieces before byte pairs are merged.
    public var splitting = SplittingRule.gpt2
    /// The end of a text, and the roles of a conversation: with them in the vocabulary from the
    /// start, a model can be fine-tuned to a chat without growing.
    public var specialTokens = ["<|endoftext|>"] + ChatTemplate.roleTokens
    /// Pairs that occur less often are not merged.
    public var minimumFrequency = 2
    /// How many threads count; the result is the same with any number.
    public var threads: Int?
    /// Told how far it is.
    public var progress: (@Sendable (TrainingProgress) -> Void)?
    /// Looked at now and then.
    public var stop: StopSignal?

    /// The usual settings: byte pairs, 5,000 tokens.
    public init() {}

    /// The tokenizer that a training made, and its figures.
    public struct Result: Sendable, Codable, Equatable {
        /// The kind of the tokenizer.
        public var kind: Kind
        /// How many tokens there are.
        public var vocabularySize: Int
        /// The text's bytes for each token.
        public var bytesPerToken: Double
        /// The size of the text.
        public var bytes: Int
        /// The path of the tokenizer's file.
        public var path: String
    }

    /// What was chosen, by name: equal settings and texts make equal tokenizers.
    var settings: [String: String] {
        [
            "kind": kind.rawValue, "vocabulary": "\(vocabularySize)", "splitting": splitting.name,
            "special": specialTokens.joined(separator: " "),
            "minimumFrequency": "\(minimumFrequency)",
        ]
    }

    /// Checks that the vocabulary and the minimum frequency are possible.
    ///
    /// - Throws: `PipelineError` with the setting and what it must be.
    public func check() throws(PipelineError) {
        guard minimumFrequency >= 1 else {
            throw PipelineError(
                .minimumFrequency, "is \(minimumFrequency), but must be at least 1.")
        }
        let least = 256 + specialTokens.count
        if kind == .bytePair, !(least...1 << 20).contains(vocabularySize) {
            throw PipelineError(
                .vocabulary,
                "is \(vocabularySize), but must be from \(least) (256 bytes and \(specialTokens.count) special tokens) to \(1 << 20)."
            )
        }
    }

    /// Trains on the project's cleaned text and leaves `models/tokenizer.json`.
    ///
    /// - Throws: `PipelineError` if the text is not clean yet, or the options ask for the impossible.
    @discardableResult
    public func run(in project: Project) throws(PipelineError) -> Result {
        try check()
        let lock = try project.lock()
        defer { withExtendedLifetime(lock) {} }
        try project.require(.clean)
        let text = project.text(of: .clean)
        try project.create(project.models)
        let result = try train(on: text, to: project.tokenizer)
        try project.record(
            .tokenizer, settings: settings,
            facts: [
                "vocabulary": Double(result.vocabularySize), "bytesPerToken": result.bytesPerToken,
            ],
            inputs: [text], outputs: [project.tokenizer])
        return result
    }

    /// Trains on a file of UTF-8 text and writes the tokenizer, whole or not at all.
    @discardableResult
    public func train(on text: URL, to file: URL) throws(PipelineError) -> Result {
        guard let data = try? Data(contentsOf: text, options: .alwaysMapped) else {
            throw PipelineError("\(text.path) cannot be read.")
        }
        guard !data.isEmpty else {
            throw PipelineError("\(text.path) is empty; a tokenizer needs a text to learn from.")
        }
        let tokenizer: any TextTokenizer
        let saved: SavedTokenizer
        switch kind {
        case .character:
            guard let string = String(validating: data, as: UTF8.self) else {
                throw PipelineError("\(text.path) is not UTF-8 text.")
            }
            let characters = CharacterTokenizer(alphabetOf: string)
            (tokenizer, saved) = (characters, SavedTokenizer(characters))
        case .bytePair:
            let pairs = try describing { () throws(TokenizerError) in
                try trainer().train(onFiles: [text.path]).tokenizer
            }
            tokenizer = pairs
            saved = try describing { () throws(TokenizerError) in try SavedTokenizer(pairs) }
        }
        try describing(file.path) { () throws(FileFailure) in
            try AtomicFile.write(saved.contents, to: file)
        }
        return Result(
            kind: kind, vocabularySize: tokenizer.vocabularySize,
            bytesPerToken: try Self.bytesPerToken(data.prefix(1 << 20), tokenizer),
            bytes: data.count, path: file.path)
    }

    /// The trainer, also for a replay of its merges.
    package func trainer() -> BytePairTrainer {
        var trainer = BytePairTrainer(vocabularySize: vocabularySize)
        trainer.splitting = splitting
        trainer.specialTokens = specialTokens
        trainer.minimumFrequency = minimumFrequency
        trainer.threads = threads
        trainer.progress = progress
        if let stop { trainer.isCancelled = { stop.isRaised } }
        return trainer
    }

    private static func bytesPerToken(
        _ data: Data, _ tokenizer: any TextTokenizer
    ) throws(PipelineError) -> Double {
        // The end of the piece may have cut a character: whole lines only, if there are any.
        let end = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? data.endIndex
        let text = String(decoding: data[..<end], as: UTF8.self)
        guard let tokens = try? tokenizer.encode(text), !tokens.isEmpty else { return 1 }
        return Double(text.utf8.count) / Double(tokens.count)
    }
}

extension SplittingRule {
    /// The rules that have a name.
    package static let named: [(name: String, rule: SplittingRule)] = [
        ("gpt2", .gpt2), ("gpt4", .gpt4),
    ]

    /// The name, or the pattern.
    package var name: String { Self.named.first { $0.rule == self }?.name ?? pattern }
}
