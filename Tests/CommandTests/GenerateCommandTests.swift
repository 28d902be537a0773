import Foundation
import MiniGPT
import TestSupport
import Testing

extension Command {
    @Suite("minigpt generate") struct GenerateCommandTests {
        private func run(
            _ workshop: Workshop, _ model: String, _ arguments: String...
        ) throws -> Outcome {
            try workshop.run(["generate", "--model", model] + arguments)
        }

        @Test func `It streams a text and says how it went`() throws {
            let workshop = try Workshop.withModel()
            let outcome = try run(
                workshop, "model", "--prompt", "The mill", "--tokens", "20", "--ignore-end")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(!outcome.output.isEmpty)
            for part in ["stopped: length", "prompt: ", "text: 20 tokens at", "memory: "] {
                #expect(outcome.errors.contains(part), "\(part) in \(outcome.errors)")
            }
            let again = try run(
                workshop, "model", "--prompt", "The mill", "--tokens", "20", "--ignore-end",
                "--quiet", "--threads", "1")
            #expect(again.output == outcome.output && again.errorLines == [])
        }

        @Test func `A GGUF file of the same model says the same`() throws {
            let workshop = try Workshop.withModel()
            let flags = ["--prompt", "The", "--tokens", "25", "--temperature", "0", "--quiet"]
            let outputs = try ["model", "model.gguf"].map { model in
                try workshop.run(["generate", "--model", model] + flags)
            }
            #expect(outputs.allSatisfy { $0.status == 0 }, "\(outputs.map(\.errors))")
            #expect(outputs[0].output == outputs[1].output)
        }

        @Test(arguments: ["f16", "q8_0", "q4_0"])
        func `Weights of fewer bits make a text too`(weights: String) throws {
            let workshop = try Workshop.withModel()
            let outcome = try run(
                workshop, "model", "--weights", weights, "--tokens", "10", "--ignore-end")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("text: 10 tokens"), "\(outcome.errors)")
        }

        @Test func `For programs the text is JSON`() throws {
            let workshop = try Workshop.withModel()
            let outcome = try run(
                workshop, "model", "--tokens", "6", "--count", "2", "--json", "--ignore-end")
            let results = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                    as? [[String: Any]])
            #expect(results.map { $0["tokens"] as? Int } == [6, 6])
            #expect(results.map { $0["seed"] as? Int } == [1337, 1338])
            let plain = try run(workshop, "model", "--tokens", "6", "--ignore-end", "--quiet")
            #expect(results.first?["text"] as? String == String(plain.output.dropLast()))
        }

        @Test func `The prompt can come through a pipe`() throws {
            let workshop = try Workshop.withModel()
            let flags = ["generate", "--model", "model", "--tokens", "9", "--quiet"]
            let piped = try workshop.run(flags + ["--prompt-file", "-"], input: "The mill")
            let given = try workshop.run(flags + ["--prompt", "The mill"])
            #expect(piped.status == 0 && piped.output == given.output, "\(piped)")
        }

        @Test func `Grammars, schemas, guesses, beams and alternatives work`() throws {
            let workshop = try Workshop.withModel()
            let choice = try run(workshop, "model", "--grammar", "choice.gbnf", "--quiet")
            #expect(["the mill\n", "the water\n"].contains(choice.output), "\(choice)")
            let schema = try run(
                workshop, "model", "--json-schema", "schema.json", "--quiet", "--seed", "3")
            #expect(schema.status == 0, "\(schema.errors)")
            let value = try JSONSerialization.jsonObject(with: Data(schema.output.utf8))
            #expect((value as? [Bool])?.count ?? 3 <= 2)
            let plain = try run(workshop, "model", "--tokens", "40", "--quiet")
            let guessed = try run(
                workshop, "model", "--tokens", "40", "--quiet", "--guess-repetitions")
            let drafted = try run(
                workshop, "model", "--tokens", "40", "--quiet", "--draft-model", "model.gguf")
            #expect(plain.output == guessed.output && plain.output == drafted.output)
            let beams = try run(workshop, "model", "--beams", "3", "--tokens", "5", "--prompt", "a")
            #expect(beams.output.split(separator: "\n").count >= 3, "\(beams)")
            let tokens = try run(
                workshop, "model", "--tokens", "4", "--alternatives", "2", "--ignore-end")
            #expect(tokens.output.split(separator: "\n").count == 4, "\(tokens)")
        }

        /// Flags, the exit code, and what the message names.
        private static let mistakes: [([String], Int32, [String])] = [
            (["nowhere"], 1, ["no model at", "nowhere"]),
            (["latin1.txt"], 1, ["latin1.txt"]),
            (["model", "--temperature", "nan"], 64, ["--temperature", "nan", "at least 0"]),
            (["model", "--top-k", "-3"], 64, ["--top-k", "-3"]),
            (["model", "--top-p", "1.5"], 64, ["--top-p", "1.5", "from 0 to 1"]),
            (["model", "--dry-base", "0"], 64, ["--dry-base"]),
            (["model", "--tokens", "-1"], 64, ["--tokens", "-1", "at least 0"]),
            (["model", "--count", "0"], 64, ["--count", "0"]),
            (["model", "--threads", "0"], 64, ["--threads", "0"]),
            (["model", "--stop", ""], 64, ["--stop", "empty"]),
            (["model", "--time-limit", "-1"], 64, ["--time-limit"]),
            (["model", "--keep", "32"], 64, ["--keep", "32", "31"]),
            (["model", "--order", "top_k;luck"], 64, ["--order", "luck"]),
            (["model", "--logit-bias", "3"], 64, ["--logit-bias"]),
            (["model", "--prompt-file", "latin1.txt"], 1, ["latin1.txt", "UTF-8", "byte 3"]),
            (["model", "--prompt-file", "none.txt"], 1, ["none.txt"]),
            (["model", "--grammar", "wrong.gbnf"], 1, ["wrong.gbnf", "root", "itself"]),
            (["model", "--json-schema", "choice.gbnf"], 1, ["choice.gbnf", "line 1"]),
            (["model", "--grammar", "choice.gbnf", "--any-json"], 64, ["one of"]),
            (["model", "--beams", "2", "--tokens", "99"], 64, ["--tokens", "99", "context"]),
            (["model", "--tokenizer", "schema.json"], 1, ["schema.json"]),
            (["model", "--draft-model", "nowhere"], 1, ["nowhere"]),
        ]

        @Test(arguments: mistakes.indices)
        func `What cannot be used is refused in one line`(_ index: Int) throws {
            let (arguments, status, words) = Self.mistakes[index]
            let workshop = try Workshop.withModel()
            let outcome = try workshop.run(["generate", "--model"] + arguments)
            #expect(outcome.status == status, "\(arguments): \(outcome)")
            // After a mistake of use the usage is shown as well.
            #expect(outcome.errorLines.count == 1 || status == 64, "\(outcome.errors)")
            #expect(outcome.output == "")
            for word in words {
                #expect(outcome.errorLines.first?.contains(word) == true, "\(outcome.errors)")
            }
        }

        @Test func `A thousand generations in a row need no more memory than fifty`() throws {
            let workshop = try Workshop.withModel()
            func memory(_ count: Int) throws -> Int {
                let outcome = try run(
                    workshop, "model", "--count", "\(count)", "--tokens", "8", "--prompt", "The",
                    "--ignore-end", "--dry-multiplier", "0.5")
                #expect(outcome.status == 0, "\(outcome.errors)")
                let last = try #require(outcome.errorLines.last)
                return try #require(Int(last.split(separator: " ")[1]), "\(last)")
            }
            let (few, many) = (try memory(50), try memory(1_000))
            #expect(many <= few + 2, "\(few) MiB became \(many) MiB.")
        }
    }
}
