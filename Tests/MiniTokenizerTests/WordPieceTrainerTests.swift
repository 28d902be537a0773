import MiniTokenizer
import Testing

@Suite struct WordPieceTrainerTests {
    private static let text = """
        The theatre and the thesis: the weather in the theatre.
        Unaffable theatres, unaffable weather!
        """

    @Test func `frequent words become tokens, and others tokens inside of words`() throws {
        var trainer = WordPieceTrainer(vocabularySize: 60)
        trainer.minimumFrequency = 2
        let tokenizer = try trainer.train(on: [Self.text])
        #expect(tokenizer.modelType == "WordPiece")
        #expect(tokenizer.vocabularySize <= 60)
        #expect(tokenizer.token(named: "[PAD]") == 0 && tokenizer.unknownToken == 1)
        let the = try #require(tokenizer.token(named: "the"))
        #expect(try tokenizer.encode("THE the") == [the, the])
        #expect(try tokenizer.encode("\u{5287}") == [1])
        let ids = try tokenizer.encode("theatre", specialTokens: .asText, addsSpecialTokens: true)
        #expect(ids.first == tokenizer.token(named: "[CLS]"))
        #expect(ids.last == tokenizer.token(named: "[SEP]"))
        #expect(tokenizer.decode(try tokenizer.encode("The theatre.")) == "the theatre.")
    }

    @Test func `training twice gives the same file, which opens again`() throws {
        let trainer = WordPieceTrainer(vocabularySize: 50)
        let first = try trainer.train(on: [Self.text]).huggingFaceJSON()
        #expect(first == (try trainer.train(on: [Self.text]).huggingFaceJSON()))
        let again = try TokenizerFile.read(huggingFaceJSON: first)
        #expect(
            try again.encode("the weather") == trainer.train(on: [Self.text]).encode("the weather"))
    }

    @Test func `options that cannot be are refused by name`() {
        #expect(throws: TokenizerError.self) {
            try WordPieceTrainer(vocabularySize: 5).train(on: [Self.text])
        }
        var trainer = WordPieceTrainer(vocabularySize: 100)
        trainer.specialTokens = ["[PAD]"]
        #expect(throws: TokenizerError.self) { try trainer.train(on: [Self.text]) }
    }
}
