import MiniSentencePiece
import MiniTokenizer
import Testing

@Suite struct SentencePieceViewTests {
    @Test func `views, replay and comparison take SentencePiece's tokenizers, too`() throws {
        var trainer = SentencePieceTrainer(vocabularySize: 40)
        trainer.allowsSmallerVocabulary = true
        let training = try trainer.train(on: ["the theatre and the thesis\nthe weather"])
        let view = try TokenView("the 劇", tokenizer: training.tokenizer)
        #expect(view.terminal(usesColor: false) == " the| | ⁇ ")
        let steps = training.replay
        #expect(steps.count == training.merges.count)
        #expect(steps[0].result == steps[0].left + steps[0].right)
        #expect(TrainingReplay.table(steps.prefix(2)).split(separator: "\n").count == 2)
        let comparison = TokenizerComparison(
            on: "the 劇場", [("mine", training.tokenizer)])
        #expect(comparison.entries[0].unknownShare == 2.0 / 6)
        #expect(comparison.entries[0].tokenCount == 3)
    }
}
