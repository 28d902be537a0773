import Foundation
import MiniGPT
import TestSupport
import Testing

extension Command {
    @Suite("minigpt evaluate")
    struct EvaluateCommandTests {
        /// A folder with a model in Hugging Face's layout at `name`, and its tokenizer.
        private func addModel(_ name: String, to workshop: Workshop, seed: UInt64 = 1) throws {
            var generator = SplitMix64(seed: seed)
            let tokenizer = try BytePairTokenizer.train(on: Workshop.verses, vocabularySize: 300)
            let model = GPT(
                .init(
                    vocabularySize: tokenizer.vocabularySize, contextLength: 32, layers: 2,
                    heads: 2, width: 32), using: &generator)
            let folder = workshop.folder.appendingPathComponent(name)
            let json = try tokenizer.huggingFaceJSON()
            try model.export(
                huggingFace: folder, tokenizerFiles: [("tokenizer.json", Data(json))])
        }

        private func scores(_ outcome: Outcome) throws -> [[String: Any]] {
            let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
            return try #require((object as? [String: Any])?["scores"] as? [[String: Any]])
        }

        @Test("Models and baselines in one table")
        func table() throws {
            let workshop = try Workshop()
            try addModel("one", to: workshop)
            try addModel("two", to: workshop, seed: 2)
            let outcome = try workshop.run([
                "evaluate", "--text", "corpus.txt", "--model", "one", "--model", "two",
                "--baseline-text", "corpus.txt", "--order", "3",
            ])
            #expect(outcome.status == 0, "\(outcome.errors)")
            for word in ["one", "two", "3-gram of bytes", "bits/byte", "perplexity"] {
                #expect(outcome.output.contains(word), "\(word)")
            }
            #expect(!outcome.output.contains("4-gram"))
        }

        @Test("As JSON, with a stride and packed weights, and the same at any number of threads")
        func json() throws {
            let workshop = try Workshop()
            try addModel("one", to: workshop)
            let flags = ["evaluate", "--text", "corpus.txt", "--model", "one", "--json"]
            let plain = try scores(workshop.run(flags))
            #expect(plain.count == 1)
            let bits = try #require(plain[0]["bitsPerByte"] as? Double)
            let loss = try #require(plain[0]["loss"] as? Double)
            let tokens = try #require(plain[0]["tokens"] as? Double)
            let bytes = try #require(plain[0]["bytes"] as? Double)
            #expect(abs(bits - loss * tokens / bytes / log(2)) < 1e-9)
            let single = try scores(workshop.run(flags + ["--threads", "1"]))
            #expect(single[0]["loss"] as? Double == loss)
            let strided = try scores(workshop.run(flags + ["--stride", "8"]))
            #expect(strided[0]["loss"] as? Double != loss)
            let packed = try scores(workshop.run(flags + ["--weights", "q8_0"]))
            let packedLoss = try #require(packed[0]["loss"] as? Double)
            #expect(packedLoss != loss && abs(packedLoss - loss) < 0.05)
        }

        @Test("In a project the newest run, its validation text and the training text are taken")
        func project() throws {
            let workshop = try Workshop()
            try workshop.write("data/processed/train.txt", Workshop.verses)
            try workshop.write("data/processed/validation.txt", "The water dreams of the mill.\n")
            try addModel("elsewhere", to: workshop)
            let missing = try workshop.run(["evaluate"])
            #expect(missing.status == 1 && missing.errorLines.count == 1)
            let outcome = try workshop.run(["evaluate", "--model", "elsewhere"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("data/processed/validation.txt: 30 bytes"))
            #expect(outcome.output.contains("5-gram of bytes"))
        }

        @Test(
            "Each thing that is missing or wrong is one sentence with what to do",
            arguments: [
                ([], "minigpt prepare"),
                (["--text", "none.txt", "--model", "one"], "none.txt"),
                (["--text", "empty.txt", "--model", "one"], "0 bytes"),
                (["--text", "latin1.txt", "--model", "one"], "UTF-8"),
                (["--text", "corpus.txt", "--model", "nowhere"], "nowhere"),
                (["--text", "corpus.txt", "--model", "one", "--stride", "33"], "--stride"),
                (["--text", "corpus.txt", "--model", "one", "--tokenizer", "none"], "none"),
                (
                    ["--text", "corpus.txt", "--model", "one", "--baseline-text", "none.txt"],
                    "--baseline-text"
                ),
                (
                    ["--text", "corpus.txt", "--model", "one", "--baseline-text", "empty.txt"],
                    "--baseline-text"
                ),
            ])
        func refused(flags: [String], word: String) throws {
            let workshop = try Workshop()
            try addModel("one", to: workshop)
            try workshop.write("empty.txt", "")
            try workshop.write("latin1.txt", Data([0x63, 0x61, 0x66, 0xE9, 0x20, 0x61]))
            let outcome = try workshop.run(["evaluate"] + flags)
            #expect(outcome.status == 1, "\(flags)")
            #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains(word), "\(outcome.errors)")
        }

        @Test("Flags out of range are mistakes of use")
        func usage() throws {
            let workshop = try Workshop()
            for flags in [
                ["--order", "8"], ["--order", "-1"], ["--stride", "0"], ["--weights", "q2"],
            ] {
                #expect(try workshop.run(["evaluate"] + flags).status == 64, "\(flags)")
            }
            #expect(try workshop.run(["evaluate", "--help"]).output.contains("Examples:"))
        }
    }
}
