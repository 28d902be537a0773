import Foundation
import MiniSupport

/// How well something predicts a text, in numbers that compare whatever tokens it is made of.
public struct TextScore: Sendable, Codable, Equatable {
    /// What predicts the text: the name of a model, or "4-gram".
    public var name: String
    /// How many parameters the model has; `nil` for a baseline.
    public var parameters: Int?
    /// How many tokens the model knows; `nil` for a baseline.
    public var vocabularySize: Int?
    /// How many tokens the model looks at; `nil` for a baseline.
    public var contextLength: Int?
    /// How many tokens the windows on the text were apart.
    public var stride: Int?
    /// How many tokens were predicted.
    public var tokens: Int?
    /// The bytes that were predicted.
    public var bytes: Int
    /// The characters (Unicode scalars) that were predicted.
    public var characters: Int
    /// The mean of −ln of the probability of each token, in nats.
    public var loss: Double?
    /// e to the loss: among how many equally likely tokens the model would be as unsure.
    public var perplexity: Double?
    /// The bits to predict the text, for each of its bytes: Σ −log₂ p / bytes.
    public var bitsPerByte: Double
    /// The bits to predict the text, for each of its Unicode scalars.
    public var bitsPerCharacter: Double
    /// How long the evaluation took, in seconds.
    public var seconds: Double
    /// What keeps it from being compared.
    public var note: String?

    /// The score of a predictor that needs so many bits.
    ///
    /// - Precondition: there is at least one byte and one character.
    init(name: String, bits: Double, bytes: Int, characters: Int, seconds: Double) {
        precondition(bytes > 0 && characters > 0, "A score needs a byte, but there is none.")
        self.name = name
        self.bytes = bytes
        self.characters = characters
        self.seconds = seconds
        bitsPerByte = bits / Double(bytes)
        bitsPerCharacter = bits / Double(characters)
    }
}

/// Several scores on one text.
public struct Evaluation: Sendable, Codable {
    /// The path of the text.
    public let text: String
    /// How many bytes of UTF-8 the text has.
    public let bytes: Int
    /// How many Unicode scalars the text has.
    public let characters: Int
    /// The scores of the models, then those of the baselines.
    public var scores: [TextScore]

    /// The scores of a text.
    public init(text: String, bytes: Int, characters: Int, scores: [TextScore]) {
        self.text = text
        self.bytes = bytes
        self.characters = characters
        self.scores = scores
    }

    /// The scores as a table for people.
    public var table: String {
        var table = TextTable()
        table.add(["", "tokens", "loss", "perplexity", "bits/byte", "bits/character", "time"])
        for score in scores {
            table.add([
                score.name, score.tokens.map(NumberText.count) ?? "",
                score.loss.map { String(format: "%.4f", $0) } ?? "",
                score.perplexity.map { String(format: "%.2f", $0) } ?? "",
                String(format: "%.4f", score.bitsPerByte),
                String(format: "%.4f", score.bitsPerCharacter),
                NumberText.duration(score.seconds),
            ])
        }
        let notes = scores.compactMap { score in score.note.map { "\(score.name): \($0)" } }
        return ([table.text()] + notes).joined(separator: "\n")
    }
}
