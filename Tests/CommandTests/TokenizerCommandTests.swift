import Foundation
import MiniGPT
import MiniPipeline
import TestSupport
import Testing

extension Command {
    @Suite("minigpt tokenizer") struct TokenizerCommandTests {
        /// A folder with `tokenizer.json`, learned from the verses.
        private func trained() throws -> Workshop {
            let workshop = try Workshop()
            let outcome = try workshop.run([
                "tokenizer", "train", "--text", "corpus.txt", "--out", "tokenizer.json",
                "--vocabulary", "300",
            ])
            #expect(outcome.status == 0 && outcome.output.contains("300 tokens"), "\(outcome)")
            return workshop
        }

        @Test("In a project it reads the cleaned text, and the stage is noted")
        func project() throws {
            let workshop = try Workshop()
            let early = try workshop.run(["tokenizer", "train"])
            #expect(early.status == 1 && early.errors.contains("minigpt clean"), "\(early)")
            let project = Project(workshop.folder)
            try workshop.write("data/processed/text.txt", Workshop.verses)
            try project.record(.clean, outputs: [project.text(of: .clean)])
            let train = ["tokenizer", "train", "--vocabulary", "300", "--json"]
            let outcome = try workshop.run(train)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
            #expect((object as? [String: Any])?["vocabularySize"] as? Int == 300)
            guard case .done(let record) = try project.state(of: .tokenizer) else {
                Issue.record("The stage is not done.")
                return
            }
            #expect(record.facts["vocabulary"] == 300)
            let first = try workshop.read("models/tokenizer.json")
            #expect(try workshop.run(train + ["--threads", "1"]).status == 0)
            #expect(try workshop.read("models/tokenizer.json") == first)
            let tokens = try workshop.run(["tokenizer", "encode", "The mill"])
            #expect(tokens.status == 0 && !tokens.output.isEmpty, "\(tokens.errors)")
        }

        @Test("Encoding and decoding give the text back, through pipes, files and JSON")
        func roundTrip() throws {
            let workshop = try trained()
            let which = ["--tokenizer", "tokenizer.json"]
            let ids = try workshop.run(["tokenizer", "encode", "The mill é"] + which)
            let text = try workshop.run(["tokenizer", "decode"] + which, input: ids.output)
            #expect(text.output == "The mill é", "\(ids) \(text)")
            let json = try workshop.run(["tokenizer", "encode", "The mill é", "--json"] + which)
            let again = try workshop.run(["tokenizer", "decode"] + which, input: json.output)
            #expect(again.output == "The mill é")
            let file = try workshop.run(
                ["tokenizer", "encode", "--file", "corpus.txt", "--out", "t.tokens"] + which)
            #expect(file.status == 0, "\(file.errors)")
            let whole = try workshop.run(["tokenizer", "decode", "--file", "t.tokens"] + which)
            #expect(whole.output == Workshop.verses)
            let special = try workshop.run(
                ["tokenizer", "encode", "<|user|>", "--special"] + which)
            #expect(special.output.split(separator: " ").count == 1, "\(special)")
        }

        @Test("Inspecting shows the cuts, the ids, the longest tokens and the merges")
        func inspect() throws {
            let workshop = try trained()
            let outcome = try workshop.run([
                "tokenizer", "inspect", "The mill goes", "--ids", "--longest", "3", "--replay", "4",
                "--file-of-replay", "corpus.txt", "--tokenizer", "tokenizer.json",
            ])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("|") && outcome.output.contains("bytes per token"))
            #expect(outcome.output.contains("→"))
            #expect(!outcome.output.contains("\u{1B}"))
            let page = try workshop.run([
                "tokenizer", "inspect", "<b>", "--html", "page.html", "--tokenizer",
                "tokenizer.json",
            ])
            #expect(page.status == 0, "\(page.errors)")
            #expect(try workshop.read("page.html").contains("&lt;"))
        }

        @Test("Comparing has a line for every tokenizer")
        func compare() throws {
            let workshop = try trained()
            let character = try workshop.run([
                "tokenizer", "train", "--text", "corpus.txt", "--out", "letters.json", "--kind",
                "character",
            ])
            #expect(character.status == 0, "\(character.errors)")
            let outcome = try workshop.run([
                "tokenizer", "compare", "tokenizer.json", "letters.json", "--file", "corpus.txt",
            ])
            #expect(outcome.output.split(separator: "\n").count == 3, "\(outcome)")
            #expect(outcome.output.contains("bytes/token"))
        }

        private static let mistakes: [([String], Int32, String)] = [
            (["train", "--vocabulary", "10"], 64, "--vocabulary"),
            (["train", "--text", "corpus.txt"], 64, "--out"),
            (["train", "--text", "none.txt", "--out", "x.json"], 1, "none.txt"),
            (["train", "--text", "corpus.txt", "--out", "corpus.txt"], 1, "--force"),
            (["encode", "a", "--tokenizer", "none"], 1, "none"),
            (["encode", "a"], 1, "tokenizer"),
            (["decode", "x", "--tokenizer", "tokenizer.json"], 1, "'x'"),
            (["decode", "99999", "--tokenizer", "tokenizer.json"], 1, "99999"),
            (["decode", "1", "--file", "corpus.txt"], 64, "--file"),
            (["inspect", "a", "--longest", "-1"], 64, "--longest"),
            (["compare", "none", "--file", "corpus.txt"], 1, "none"),
            (["compare"], 64, "tokenizers"),
        ]

        @Test(arguments: mistakes.indices)
        func `What cannot be done is refused in a sentence`(_ index: Int) throws {
            let (arguments, status, word) = Self.mistakes[index]
            let workshop = try Workshop()
            try workshop.write(
                "tokenizer.json",
                Data(
                    try BytePairTokenizer.train(on: Workshop.verses, vocabularySize: 260)
                        .huggingFaceJSON()))
            let place = arguments == ["encode", "a"] ? ["-C", "cache"] : []
            let outcome = try workshop.run(["tokenizer"] + arguments + place, input: "")
            #expect(outcome.status == status, "\(arguments): \(outcome)")
            #expect(outcome.errors.contains(word), "\(outcome.errors)")
        }
    }
}
