import Foundation
import MiniGPT

/// What is learned and by what: the text in two parts, its tokenizer, and the size of the model.
public struct Lesson: Sendable {
    /// What to call the text in front of the user.
    public let name: String
    /// From text to tokens and back.
    public let tokenizer: any TextTokenizer
    /// The tokenizer as a checkpoint keeps it.
    public let savedTokenizer: SavedTokenizer
    /// The tokens to train on.
    public let training: TokenDataset
    /// The tokens to validate on.
    public let validation: TokenDataset
    /// The size of the model.
    public let configuration: GPT.Configuration
    /// What one token is: a character, or a piece of text.
    public var unit: TokenUnit { tokenizer.tokensAreCharacters ? .character : .token }

    /// A lesson of two texts in tokens.
    ///
    /// - Throws: `PipelineError` if the recipe does not fit them or the machine.
    public init(
        name: String, _ tokenizer: any TextTokenizer, saved: SavedTokenizer,
        training: TokenDataset, validation: TokenDataset, recipe: Recipe
    ) throws(PipelineError) {
        self.name = name
        self.tokenizer = tokenizer
        savedTokenizer = saved
        self.training = training
        self.validation = validation
        configuration = recipe.configuration(vocabularySize: tokenizer.vocabularySize)
        try describing { () throws(GPT.ConfigurationError) in try configuration.validate() }
        do {
            _ = try tokenizer.encode(recipe.prompt)
        } catch {
            throw PipelineError(.prompt, "does not fit \(name): \(error.description)")
        }
        try recipe.checkMemory(of: configuration)
    }

    /// The text and its parts, for the user.
    public var description: String {
        "Corpus: \(name), \(training.tokens.count) \(unit.plural) to train on and \(validation.tokens.count) to test on, \(tokenizer.vocabularySize) different ones"
    }
}

extension Lesson {
    /// The lesson that a project has prepared.
    ///
    /// - Throws: `PipelineError` if something of it is damaged, or the recipe does not fit.
    public init(_ project: Project, _ recipe: Recipe) throws(PipelineError) {
        let prepared = try project.readPreparedData()
        let (saved, tokenizer) = try project.readTokenizer()
        guard tokenizer.vocabularySize == prepared.vocabularySize else {
            throw PipelineError(
                "\(project.tokenizer.path) has \(tokenizer.vocabularySize) tokens, but the texts were prepared with \(prepared.vocabularySize)",
                .repeat(.prepare)
            )
        }
        func dataset(_ url: URL, _ part: String) throws(PipelineError) -> TokenDataset {
            let tokens = try describing { () throws(TokenStore.FileError) in
                try TokenStore(mapping: url, vocabularySize: prepared.vocabularySize)
            }
            guard tokens.count > recipe.context else {
                throw PipelineError(
                    "The \(part) text has \(tokens.count) tokens, but a context of \(recipe.context) needs at least \(recipe.context + 1)",
                    .change("a shorter", [.context]), .advice("collect more texts")
                )
            }
            return TokenDataset(tokens, contextLength: recipe.context)
        }
        try self.init(
            name: project.directory.lastPathComponent, tokenizer, saved: saved,
            training: try dataset(project.trainingTokens, "training"),
            validation: try dataset(project.validationTokens, "validation"), recipe: recipe)
    }
}
