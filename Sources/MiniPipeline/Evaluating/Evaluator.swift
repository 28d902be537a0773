import Foundation
import MiniGPT
import MiniTensor
import MiniTokenizer

/// Measures how well models and baselines predict one text.
///
///     let evaluator = try Evaluator(text)
///     let score = try evaluator.score(model, tokenizer, name: "gpt2")
///     print(score.bitsPerByte)
public struct Evaluator: Sendable {
    /// The text that models have to predict.
    public let text: String
    /// How many bytes of UTF-8 the text has.
    public let bytes: Int
    /// How many Unicode scalars the text has.
    public let characters: Int

    /// An evaluator of a text.
    ///
    /// - Throws: `PipelineError` if there is nothing to predict.
    public init(_ text: String) throws(PipelineError) {
        self.text = text
        bytes = text.utf8.count
        characters = text.unicodeScalars.count
        guard bytes >= 2 else {
            throw PipelineError(
                "The text has \(bytes) bytes, but an evaluation needs at least 2; name a longer one."
            )
        }
    }

    /// An evaluator of a file of UTF-8.
    ///
    /// - Throws: `PipelineError` if it cannot be read or is not a text.
    public init(contentsOf url: URL) throws(PipelineError) {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw PipelineError("The text \(url.path) cannot be read; is it there?")
        }
        // A byte order mark is part of the text, as in training.
        guard let text = String(validating: data, as: UTF8.self) else {
            throw PipelineError(
                "The text \(url.path) is not UTF-8; convert it, for example with `iconv -t UTF-8`.")
        }
        do throws(PipelineError) {
            try self.init(text)
        } catch {
            throw PipelineError("\(url.path): \(error.description)")
        }
    }

    // MARK: Models

    /// How a model predicts the text.
    ///
    /// The first token is not predicted, and marks that stand for no text do not count; neither do
    /// their bytes.
    ///
    /// - Parameters:
    ///   - stride: how far windows are apart; as far as the context is long unless given.
    ///   - weights: another format of the weights than that of the model.
    ///   - onProgress: called with the share that is done.
    /// - Throws: `PipelineError` if the tokenizer is not the model's or cannot express the text.
    public func score(
        _ model: GPT, _ tokenizer: any TextTokenizer, name: String, stride: Int? = nil,
        weights: NumberFormat = .float32, onProgress: (Double) -> Void = { _ in }
    ) throws(PipelineError) -> TextScore {
        let c = model.configuration
        if let stride, stride < 1 || stride > c.contextLength {
            throw PipelineError(
                .stride,
                "is \(stride), but the windows of \(name) are \(c.contextLength) tokens long; choose from 1 to \(c.contextLength)."
            )
        }
        let clock = ContinuousClock()
        let start = clock.now
        let tokens = try encode(tokenizer, name: name, configuration: c)
        let windows = TextWindows(
            count: tokens.count, contextLength: c.contextLength, stride: stride)
        let (nats, predicted) =
            weights == .float32
            ? nats(model, tokenizer, tokens, windows, onProgress)
            : packedNats(model, tokens, windows, weights)
        guard predicted > 0 else {
            throw PipelineError(
                "No token of the text can be predicted by \(name); name a longer one.")
        }
        let given = [tokens[0]] + tokens.dropFirst().filter(tokenizer.isSpecial)
        let (givenBytes, givenCharacters) = Self.size(of: given, tokenizer)
        var score = TextScore(
            name: name, bits: nats / log(2), bytes: max(1, bytes - givenBytes),
            characters: max(1, characters - givenCharacters),
            seconds: (clock.now - start) / .seconds(1))
        score.parameters = c.parameterCount
        score.vocabularySize = c.vocabularySize
        score.contextLength = c.contextLength
        score.stride = windows.stride
        score.tokens = predicted
        score.loss = nats / Double(predicted)
        score.perplexity = exp(nats / Double(predicted))
        if !tokenizer.decodeBytes(tokens).elementsEqual(text.utf8) {
            score.note =
                "its tokenizer does not keep the whole text, so its bits cannot be compared with others."
        }
        return score
    }

    /// The bytes of tokens, and the characters that begin in them.
    private static func size(
        of tokens: [Int32], _ tokenizer: any TextTokenizer
    ) -> (bytes: Int, characters: Int) {
        let bytes = tokens.flatMap { tokenizer.bytes(of: $0) ?? [] }
        // Bytes from 0x80 to 0xBF go on with a character.
        return (bytes.count, bytes.count { $0 & 0xC0 != 0x80 })
    }

    private func encode(
        _ tokenizer: any TextTokenizer, name: String, configuration: GPT.Configuration
    ) throws(PipelineError) -> [Int32] {
        let tokens = try describing(name) { () throws(TokenizerError) in
            try tokenizer.encode(text)
        }
        if let token = tokens.first(where: { $0 < 0 || $0 >= configuration.vocabularySize }) {
            throw PipelineError(
                "The tokenizer of \(name) gives the token \(token), but the model knows \(configuration.vocabularySize)",
                .provide(.tokenizer)
            )
        }
        guard tokens.count >= 2 else {
            throw PipelineError(
                "The text has \(tokens.count) tokens for \(name), but a loss needs at least 2; name a longer one."
            )
        }
        return tokens
    }

    /// The sum of −ln p and how many tokens it is of, in batches.
    private func nats(
        _ model: GPT, _ tokenizer: any TextTokenizer, _ tokens: [Int32], _ windows: TextWindows,
        _ onProgress: (Double) -> Void
    ) -> (Double, Int) {
        var (sum, count) = (0.0, 0)
        windows.batches(of: tokens, counts: { !tokenizer.isSpecial($0) }) { inputs, targets in
            sum += Double(model.loss(inputs, targets: targets, reduction: .sum).item())
            count += targets.tokens.count { $0 >= 0 }
            onProgress(Double(count) / Double(max(1, tokens.count - 1)))
        }
        return (sum, count)
    }

    private func packedNats(
        _ model: GPT, _ tokens: [Int32], _ windows: TextWindows, _ weights: NumberFormat
    ) -> (Double, Int) {
        let result = InferenceModel(model, weights: weights)
            .loss(on: tokens, stride: windows.stride)
        return (result.loss * Double(result.tokens), result.tokens)
    }

    // MARK: Baselines

    /// How counting predicts the text: one score for each order.
    public func scores(_ model: NGramModel) -> [TextScore] {
        let clock = ContinuousClock()
        let start = clock.now
        let bits = model.bitsPerByte(of: Array(text.utf8))
        let seconds = (clock.now - start) / .seconds(1)
        return bits.enumerated().map { index, bits in
            TextScore(
                name: "\(index + 1)-gram of bytes", bits: bits * Double(bytes), bytes: bytes,
                characters: characters, seconds: seconds / Double(model.order))
        }
    }
}
