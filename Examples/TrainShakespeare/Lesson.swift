import Foundation
import MiniGPT
import MiniPipeline

extension Lesson {
    /// A text in characters, nine tenths of it to train on.
    ///
    /// - Throws: `PipelineError` if the recipe does not fit it or the machine.
    init(_ corpus: Corpus, _ recipe: Recipe) throws(PipelineError) {
        let tokenizer = CharacterTokenizer(alphabetOf: corpus.text)
        let tokens: [Int32]
        do {
            tokens = try tokenizer.encode(corpus.text)
        } catch {
            throw PipelineError(
                "The corpus \(corpus.name) cannot be encoded: \(error.description)")
        }
        let parts: (training: TokenDataset, validation: TokenDataset)
        do {
            parts = try TokenDataset.split(TokenStore(tokens), contextLength: recipe.context)
        } catch {
            throw PipelineError(
                "The corpus \(corpus.name) is too short: of its \(tokens.count) characters \(error.count) are the \(error.part) text, but a context of \(recipe.context) needs at least \(error.needed); use a longer text or a shorter --context."
            )
        }
        try self.init(
            name: corpus.name, tokenizer, saved: SavedTokenizer(tokenizer),
            training: parts.training, validation: parts.validation, recipe: recipe)
    }
}
