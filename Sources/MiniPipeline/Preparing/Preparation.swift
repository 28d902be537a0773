import Foundation
import MiniGPT

/// How texts become tokens to train and to test on.
public struct Preparation: Sendable {
    /// The share that is kept for validation.
    public var validationShare = 0.1
    /// Decides which documents that is.
    public var seed: UInt64 = 1337

    /// The usual preparation: a tenth of the text is kept for validation.
    public init() {}

    /// What was chosen, by the names of the settings.
    var settings: [String: String] {
        [Setting.validationShare.rawValue: "\(validationShare)", Setting.seed.rawValue: "\(seed)"]
    }

    /// Checks that the share for validation is possible.
    ///
    /// - Throws: `PipelineError` with the setting and what it must be.
    public func check() throws(PipelineError) {
        guard validationShare >= 0.001, validationShare <= 0.5 else {
            throw PipelineError(
                .validationShare, "is \(validationShare), but must be from 0.001 to 0.5.")
        }
    }
}

extension Project {
    /// Makes the tokens of the cleaned documents, in two parts.
    ///
    /// - Parameter onProgress: gets the share of the text that is done.
    /// - Throws: `PipelineError`; what an earlier preparation left stays then.
    @discardableResult
    public func prepare(
        _ preparation: Preparation = Preparation(), onProgress: (Double) -> Void = { _ in }
    ) throws -> PreparedData {
        try preparation.check()
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        try require(.clean)
        try require(.tokenizer)
        let (_, tokenizer) = try readTokenizer()

        let source = documents(of: .clean)
        var entries: [DocumentSplit.Entry] = []
        try DocumentFile.read(source, remedy: .repeat(.clean)) {
            entries.append(DocumentSplit.Entry($0, seed: preparation.seed))
        }
        let split = DocumentSplit(entries, share: preparation.validationShare)
        let total = max(1, entries.reduce(0) { $0 + $1.bytes })
        let training = try PartWriter(trainingTokens, text: trainingText, tokenizer)
        let validation = try PartWriter(validationTokens, text: validationText, tokenizer)
        var (number, done) = (0, 0)
        try DocumentFile.read(source, remedy: .repeat(.clean)) { document in
            let parts = split.parts(document.text, number: number)
            if let text = parts.training { try training.append(text, of: document.id) }
            if let text = parts.validation { try validation.append(text, of: document.id) }
            number += 1
            done += document.text.utf8.count
            onProgress(Double(done) / Double(total))
        }
        return try finish(preparation, split, training, validation, tokenizer)
    }

    private func finish(
        _ preparation: Preparation, _ split: DocumentSplit, _ training: PartWriter,
        _ validation: PartWriter, _ tokenizer: any TextTokenizer
    ) throws -> PreparedData {
        let kind: PreparedData.Split
        if case .text = split.place { kind = .text } else { kind = .documents }
        let data = PreparedData(
            training: try training.finish(), validation: try validation.finish(),
            vocabularySize: tokenizer.vocabularySize, split: kind, endOfText: tokenizer.endOfText)
        for (name, part) in [("training", data.training), ("validation", data.validation)]
        where part.tokens < 2 {
            throw PipelineError(
                "\(documents(of: .clean).path) is too short: \(part.tokens) tokens are left for \(name)",
                .advice("collect more texts")
            )
        }
        // From here on the old files go: better no record than one of half old, half new files.
        try forget(.prepare)
        try training.commit()
        try validation.commit()
        try JSONFile.write(data, to: preparedData)
        try record(
            .prepare,
            settings: preparation.settings,
            facts: [
                "trainingTokens": Double(data.training.tokens),
                "validationTokens": Double(data.validation.tokens),
            ],
            inputs: [documents(of: .clean), self.tokenizer],
            outputs: [
                trainingTokens, validationTokens, trainingText, validationText, preparedData,
            ])
        return data
    }
}
