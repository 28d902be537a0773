import Foundation
import MiniGPT

/// What is learned and by what: the text in two parts, its alphabet, and the size of the model.
struct Lesson {
    let tokenizer: CharacterTokenizer
    let training: TokenDataset
    let validation: TokenDataset
    let configuration: GPT.Configuration
    private let corpusName: String

    /// Prepares the text and checks that the flags fit it and the machine.
    init(_ corpus: Corpus, for command: TrainShakespeare) throws(UserError) {
        corpusName = corpus.name
        tokenizer = CharacterTokenizer(alphabetOf: corpus.text)
        configuration = GPT.Configuration(
            vocabularySize: tokenizer.vocabularySize, contextLength: command.context,
            layers: command.layers, heads: command.heads, width: command.width,
            dropout: command.dropout)
        do {
            try configuration.validate()
        } catch {
            throw UserError(error.description)
        }
        do {
            _ = try tokenizer.encode(command.prompt)
        } catch {
            throw UserError("The --prompt does not fit \(corpus.name): \(error.description)")
        }
        let tokens: [Int32]
        do {
            tokens = try tokenizer.encode(corpus.text)
        } catch {
            throw UserError("The corpus \(corpus.name) cannot be encoded: \(error.description)")
        }
        do {
            (training, validation) = try TokenDataset.split(
                TokenStore(tokens), contextLength: command.context)
        } catch {
            throw UserError(
                "The corpus \(corpus.name) is too short: of its \(tokens.count) characters \(error.count) are the \(error.part) text, but a context of \(command.context) needs at least \(error.needed); use a longer text or a shorter --context."
            )
        }
        try Self.checkMemory(configuration, batch: command.batch)
    }

    /// Refuses a model that cannot fit, which would otherwise end with the process killed.
    private static func checkMemory(
        _ configuration: GPT.Configuration, batch: Int
    ) throws(UserError) {
        // In floating point: sizes that passed `validate()` can still overflow an Int together.
        let (width, layers) = (Double(configuration.width), Double(configuration.layers))
        let rows = Double(configuration.vocabularySize) + Double(configuration.contextLength)
        let parameters = rows * width + layers * 12 * width * width
        // Weights, gradients and the two averages of AdamW; and at least so many numbers of width
        // that each layer keeps of each position for the way back.
        let positions = Double(batch) * Double(configuration.contextLength)
        let needed = 4 * (4 * parameters + positions * layers * width * 12)
        let available = Double(ProcessInfo.processInfo.physicalMemory)
        guard needed <= available else {
            throw UserError(
                String(
                    format: "Training this model needs at least %.1f GB of memory, but the machine "
                        + "has %.1f GB; choose a smaller --width, --layers, --batch or --context.",
                    needed / 1e9, available / 1e9))
        }
    }

    /// The text and its parts, for the user.
    var description: String {
        "Corpus: \(corpusName), \(training.tokens.count) characters to train on and \(validation.tokens.count) to test on, \(tokenizer.vocabularySize) different ones"
    }
}
