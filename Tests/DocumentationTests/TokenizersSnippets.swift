import Foundation
import MiniGPT
import MiniSentencePiece
import Testing

@Suite("Documentation/Tokenizers.md")
struct TokenizersSnippets {
    @Test("Byte pairs are trained, used, written and read; pieces are; both are looked at")
    func tokenizers() throws {
        try withFolder { folder in
            func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
            let text = shortText
            try Data(text.utf8).write(to: folder.appendingPathComponent("corpus.txt"))
            try BytePairTokenizer.train(on: text, vocabularySize: 280)
                .writeHuggingFace(to: path("gpt2"))
            try SentencePieceTrainer(vocabularySize: 40).train(onFiles: [path("corpus.txt")])
                .tokenizer.write(to: path("tokenizer.model"))

            // snippet: Documentation/Tokenizers.md 1, 5000 => 300, 8000 => 300, "corpus.txt" => path("corpus.txt")
            let tokenizer = try BytePairTokenizer.train(on: text, vocabularySize: 300)
            let tokens = try tokenizer.encode("To be, or not to be")
            print(tokenizer.decode(tokens))

            var trainer = BytePairTrainer(vocabularySize: 300)
            trainer.splitting = .gpt4
            trainer.specialTokens = ["<|endoftext|>"]
            trainer.minimumFrequency = 2
            trainer.progress = { print($0) }
            let training = try trainer.train(onFiles: [path("corpus.txt")])
            // end of snippet
            #expect(tokenizer.decode(tokens) == "To be, or not to be")

            // snippet: Documentation/Tokenizers.md 2
            print(try tokenizer.encode(batch: ["one", "two"]))
            print(try tokenizer.spans(of: "déjà vu"))

            var decoder = tokenizer.streamingDecoder()
            for token in tokens { print(decoder.append(token), terminator: "") }
            print(decoder.finish())
            // end of snippet

            // snippet: Documentation/Tokenizers.md 3, "gpt2" => path("gpt2"), "tokenizer.json" => path("tokenizer.json"), "vocab.json" => path("vocab.json"), "merges.txt" => path("merges.txt"), "ranks.tiktoken" => path("ranks.tiktoken")
            let gpt2 = try BytePairTokenizer.open(path("gpt2"))
            try tokenizer.writeHuggingFace(to: path("tokenizer.json"))
            try tokenizer.writeVocabularyAndMerges(
                vocabularyPath: path("vocab.json"), mergesPath: path("merges.txt"))
            try tokenizer.writeTiktoken(to: path("ranks.tiktoken"))
            // end of snippet
            let written = try BytePairTokenizer.open(path("tokenizer.json"))
            #expect(try written.encode(text) == tokenizer.encode(text))

            // snippet: Documentation/Tokenizers.md 4, 8000 => 60, "tokenizer.model" => path("tokenizer.model"), usesByteFallback = true => usesByteFallback = false, "corpus.txt" => path("corpus.txt"), "mine.model" => path("mine.model"), "mine.vocab" => path("mine.vocab")
            let pieces = try SentencePieceTokenizer.open(path("tokenizer.model"))
            print(pieces.encode("Hello world"))
            print(pieces.pieces(of: "Hello world"))
            print(pieces.encode("Hello", addsBegin: true, addsEnd: true))

            var pieceTrainer = SentencePieceTrainer(vocabularySize: 60)
            pieceTrainer.usesByteFallback = false
            pieceTrainer.userDefinedSymbols = ["<sep>"]
            pieceTrainer.normalization = pieces.normalization
            let made = try pieceTrainer.train(onFiles: [path("corpus.txt")])
            try made.tokenizer.write(to: path("mine.model"))
            try made.tokenizer.writeVocabulary(to: path("mine.vocab"))
            // end of snippet

            // snippet: Documentation/Tokenizers.md 5
            print(try TokenView("The weather\n", tokenizer: tokenizer).terminal())
            let page = try TokenView(text, tokenizer: tokenizer).html(title: "My text")

            print(TrainingReplay(training, sample: "the theatre").table(20))
            print(TrainingReplay.table(made.replay.prefix(20)))

            print(TokenizerComparison(on: text, [("mine", tokenizer), ("GPT-2", gpt2)]).table())
            // end of snippet
            #expect(page.contains("My text"))
        }
    }
}
