import Foundation
import MiniGPT
import TestSupport
import Testing

extension Example {
    /// The example `Generate`, as a process, with a tiny model made here.
    @Suite struct GenerateTests {
        /// Letters, some pairs of them, and an end of text.
        private static let tokenizer: BytePairTokenizer = {
            do {
                return try BytePairTokenizer.train(on: Workshop.verses, vocabularySize: 300)
            } catch { preconditionFailure("\(error)") }
        }()

        /// A workshop with a Hugging Face directory and a GGUF file of the same model.
        private func workshop() throws -> (Workshop, vocabularySize: Int) {
            let workshop = try Workshop()
            let tokenizer = Self.tokenizer
            var generator = SplitMix64(seed: 4)
            var model = GPT(
                .init(
                    vocabularySize: tokenizer.vocabularySize, contextLength: 32, layers: 2,
                    heads: 2, width: 16), using: &generator)
            model.tokenEmbedding.weight = model.tokenEmbedding.weight * 15
            let json = try tokenizer.huggingFaceJSON()
            try model.export(
                huggingFace: workshop.folder.appendingPathComponent("model"),
                tokenizerFiles: [("tokenizer.json", Data(json))])
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
            let bpe = try #require(document["model"] as? [String: Any])
            let vocabulary = try #require(bpe["vocab"] as? [String: Int])
            let merges = try #require(bpe["merges"] as? [[String]])
            try model.export(
                gguf: workshop.folder.appendingPathComponent("model.gguf"),
                tokenizer: GGUFTokenizer(
                    tokens: vocabulary.sorted { $0.value < $1.value }.map(\.key),
                    merges: merges.map { $0.joined(separator: " ") }))
            try workshop.write("wrong.gbnf", "root ::= root \"x\" | \"y\"")
            try workshop.write("choice.gbnf", "root ::= \"the mill\" | \"the water\"")
            try workshop.write(
                "schema.json", #"{"type":"array","items":{"type":"boolean"},"maxItems":2}"#)
            try workshop.write("latin1.txt", Data([0x63, 0x61, 0x66, 0xE9, 0x20]))
            return (workshop, tokenizer.vocabularySize)
        }

        private func run(_ workshop: Workshop, _ arguments: String...) throws -> Outcome {
            try workshop.run(arguments, program: Workshop.program("Generate"))
        }

        @Test func `It streams a text and says how it went`() throws {
            let (workshop, _) = try workshop()
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
            let (workshop, _) = try workshop()
            let flags = ["--prompt", "The", "--tokens", "25", "--temperature", "0", "--quiet"]
            let outputs = try ["model", "model.gguf"].map { model in
                try workshop.run([model] + flags, program: Workshop.program("Generate"))
            }
            #expect(outputs.allSatisfy { $0.status == 0 }, "\(outputs.map(\.errors))")
            #expect(outputs[0].output == outputs[1].output)
        }

        @Test(arguments: ["f16", "q8_0", "q4_0"])
        func `Weights of fewer bits make a text too`(weights: String) throws {
            let (workshop, _) = try workshop()
            let outcome = try run(
                workshop, "model", "--weights", weights, "--tokens", "10", "--ignore-end")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("text: 10 tokens"), "\(outcome.errors)")
        }

        @Test func `The newest checkpoint of a training continues a text, and so does any of them`()
            throws
        {
            let workshop = try Workshop()
            let training = try workshop.run(
                Workshop.small + [
                    "--corpus", "corpus.txt", "--iterations", "20", "--save-every", "10",
                    "--out", "run", "--checkpoints", "saved",
                ])
            #expect(training.status == 0, "\(training.errors)")
            let flags = ["--prompt", "a", "--tokens", "10", "--quiet"]
            let outputs = try ["saved", "saved/step-00000020"].map { model in
                try workshop.run([model] + flags, program: Workshop.program("Generate"))
            }
            #expect(outputs.allSatisfy { $0.status == 0 }, "\(outputs.map(\.errors))")
            #expect(outputs[0].output == outputs[1].output && !outputs[0].output.isEmpty)
        }

        @Test func `Grammars, schemas, guesses, beams and alternatives work`() throws {
            let (workshop, _) = try workshop()
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

        private static let mistakes: [([String], [String])] = [
            (["nowhere"], ["no model at nowhere"]),
            (["latin1.txt"], ["latin1.txt"]),
            (["model", "--temperature", "nan"], ["--temperature", "nan", "at least 0"]),
            (["model", "--top-k", "-3"], ["--top-k", "-3"]),
            (["model", "--top-p", "1.5"], ["--top-p", "1.5", "from 0 to 1"]),
            (["model", "--dry-base", "0"], ["--dry-base"]),
            (["model", "--tokens", "-1"], ["--tokens", "-1", "at least 0"]),
            (["model", "--count", "0"], ["--count", "0"]),
            (["model", "--threads", "0"], ["--threads", "0"]),
            (["model", "--stop", ""], ["--stop", "empty"]),
            (["model", "--time-limit", "-1"], ["--time-limit"]),
            (["model", "--keep", "32"], ["--keep", "32", "31"]),
            (["model", "--order", "top_k;luck"], ["--order", "luck"]),
            (["model", "--logit-bias", "3"], ["--logit-bias"]),
            (["model", "--prompt-file", "latin1.txt"], ["latin1.txt", "UTF-8", "byte 3"]),
            (["model", "--prompt-file", "none.txt"], ["none.txt"]),
            (["model", "--grammar", "wrong.gbnf"], ["wrong.gbnf", "root", "begins with itself"]),
            (["model", "--json-schema", "choice.gbnf"], ["choice.gbnf", "line 1"]),
            (["model", "--grammar", "choice.gbnf", "--json"], ["one of"]),
            (["model", "--beams", "2", "--tokens", "99"], ["--tokens", "99", "context"]),
            (["model", "--tokenizer", "schema.json"], ["schema.json"]),
            (["model", "--draft-model", "nowhere"], ["nowhere"]),
        ]

        @Test(arguments: mistakes.indices)
        func `What cannot be used is refused in one line`(_ index: Int) throws {
            let (arguments, words) = Self.mistakes[index]
            let (workshop, _) = try workshop()
            let outcome = try workshop.run(arguments, program: Workshop.program("Generate"))
            #expect(outcome.status == 1, "\(arguments): \(outcome)")
            #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
            #expect(outcome.output == "")
            for word in words {
                #expect(outcome.errors.contains(word), "'\(word)' in: \(outcome.errors)")
            }
        }

        @Test func `A thousand generations in a row need no more memory than fifty`() throws {
            let (workshop, _) = try workshop()
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
