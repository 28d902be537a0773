import Foundation
import MiniGPT
import MiniPipeline
import TestSupport
import Testing

extension Command {
    @Suite("minigpt export, import and info") struct ConvertCommandTests {
        private let greedy = ["--prompt", "The", "--tokens", "12", "--temperature", "0", "--quiet"]

        private func text(_ workshop: Workshop, _ model: String) throws -> String {
            let outcome = try workshop.run(["generate", "--model", model] + greedy)
            #expect(outcome.status == 0, "\(model): \(outcome.errors)")
            return outcome.output
        }

        @Test("A model goes through every layout and back, and says the same")
        func roundTrip() throws {
            let workshop = try Workshop.withModel()
            let expected = try text(workshop, "model")
            let imported = try workshop.run(["import", "model", "--name", "mine"])
            #expect(imported.status == 0, "\(imported.errors)")
            #expect(try text(workshop, "mine") == expected)
            for out in ["out", "out.gguf", "out.bin"] {
                let exported = try workshop.run(["export", out, "--model", "mine"])
                #expect(exported.status == 0, "\(exported.errors)")
                let name = "again-" + out.filter { $0 != "." }
                let tokenizer = out == "out.bin" ? ["--tokenizer", "out/tokenizer.json"] : []
                let back = try workshop.run(["import", out, "--name", name] + tokenizer)
                #expect(back.status == 0, "\(back.errors)")
                #expect(try text(workshop, name) == expected, "\(out)")
            }
            let weights = try workshop.run(["export", "w.safetensors", "--model", "mine"])
            #expect(weights.status == 0, "\(weights.errors)")
            #expect(try workshop.run(["info", "w.safetensors"]).output.contains("tensors"))
            for numbers in ["f16", "bf16", "q8_0", "q4_0"] {
                let small = try workshop.run(
                    ["export", "\(numbers).gguf", "--model", "mine", "--numbers", numbers])
                #expect(small.status == 0, "\(small.errors)")
                let type = numbers.uppercased()
                let stored = try GGUFFile(workshop.folder.appendingPathComponent("\(numbers).gguf"))
                #expect(stored[entry: "blk.0.ffn_down.weight"]?.type == type)
                #expect(try text(workshop, "\(numbers).gguf").isEmpty == false)
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path)
            #expect(!left.contains { $0.contains(".tmp-") || $0.contains(".old-") }, "\(left)")
        }

        @Test("What is there is replaced only with --force")
        func overwriting() throws {
            let workshop = try Workshop.withModel()
            for out in ["out", "out.gguf"] {
                let export = ["export", out, "--model", "model"]
                #expect(try workshop.run(export).status == 0)
                let second = try workshop.run(export)
                #expect(second.status == 1 && second.errors.contains("--force"), "\(second)")
                #expect(try workshop.run(export + ["--force"]).status == 0)
            }
            #expect(try workshop.run(["import", "model"]).status == 0)
            let second = try workshop.run(["import", "model"])
            #expect(second.status == 1 && second.errors.contains("--force"), "\(second)")
            #expect(try workshop.run(["import", "model", "--force"]).status == 0)
        }

        @Test("A chat model keeps its way to talk in every layout")
        func chat() throws {
            let workshop = try Workshop.forChat()
            let tuned = try workshop.run([
                "fine-tune", "lessons.jsonl", "--model", "base", "--iterations", "3",
            ])
            #expect(tuned.status == 0, "\(tuned.errors)")
            for out in ["out", "out.gguf"] {
                let exported = try workshop.run(["export", out, "--model", "chat"])
                #expect(exported.status == 0, "\(exported.errors)")
                let source = try ModelSource.open(workshop.path(out))
                #expect(source.chatTemplate == .tokens)
                let end = try #require(
                    (source.tokenizer as? BytePairTokenizer)?.addedToken("<|end|>"))
                #expect(source.endTokens.contains(end.id))
            }
            #expect(
                try workshop.read("out/tokenizer_config.json").contains("add_generation_prompt"))
        }

        @Test(
            "Info knows every kind of file",
            arguments: [
                ("model", "Hugging Face directory"), ("model.gguf", "GGUF file"),
                ("model/model.safetensors", "safetensors file"),
                ("model/tokenizer.json", "tokenizer"), ("runs/mine", "run"),
                ("runs/mine/checkpoints/step-00000000", "checkpoint"), ("t.tokens", "token file"),
                ("m.bin", "file of llm.c"),
            ])
        func info(path: String, kind: String) throws {
            let workshop = try Workshop.withModel()
            #expect(try workshop.run(["import", "model", "--name", "mine"]).status == 0)
            #expect(try workshop.run(["export", "m.bin", "--model", "mine"]).status == 0)
            try TokenStore.write(
                [1, 2, 3], vocabularySize: 300,
                to: workshop.folder.appendingPathComponent("t.tokens"))
            let outcome = try workshop.run(["info", path])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.hasPrefix(kind), "\(outcome.output)")
            let json = try workshop.run(["info", path, "--json"])
            let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
            #expect((object as? [String: Any])?["kind"] as? String == kind)
        }

        @Test("Weights are recognised by what they hold, and what cannot be used is listed")
        func weights() throws {
            let workshop = try Workshop.withModel()
            let header = Array(
                #"{"a":{"dtype":"F8_E4M3","shape":[2,4],"data_offsets":[0,8]}}  "#.utf8)
            try workshop.write(
                "without-extension",
                Data(
                    [UInt8(header.count), 0, 0, 0, 0, 0, 0, 0] + header + [0, 0, 0, 0, 0, 0, 0, 0]))
            let listed = try workshop.run(["info", "without-extension", "--tensors"])
            #expect(listed.status == 0 && listed.output.hasPrefix("safetensors file"), "\(listed)")
            #expect(listed.output.contains("F8_E4M3") && listed.output.contains("[2, 4]"))
            try workshop.write("pytorch_model.bin", Data("PK\u{3}\u{4} and no more".utf8))
            let broken = try workshop.run(["info", "pytorch_model.bin"])
            #expect(broken.status == 1 && broken.errors.contains("broke off"), "\(broken)")
            try workshop.write(
                "model/model.safetensors",
                Data("version https://git-lfs.github.com/spec/v1\nsize 548105171\n".utf8))
            let pointer = try workshop.run(["info", "model"])
            #expect(pointer.status == 1 && pointer.errors.contains("git lfs pull"), "\(pointer)")
            #expect(pointer.output.contains("vocabulary"), "\(pointer)")
            let use = try workshop.run(["generate", "--model", "model"])
            #expect(use.status == 1 && use.errors.contains("git lfs pull"), "\(use)")
        }

        @Test("A damaged checkpoint is passed over, and info says what is wrong with it")
        func damage() throws {
            let workshop = try Workshop.withModel()
            #expect(try workshop.run(["import", "model", "--name", "mine"]).status == 0)
            let file = "runs/mine/checkpoints/step-00000000/model.safetensors"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: workshop.path(file)))
            bytes[bytes.count - 5] ^= 1
            try workshop.write(file, bytes)
            let info = try workshop.run(["info", "runs/mine/checkpoints/step-00000000"])
            #expect(info.status == 1 && info.errors.contains("checksum"), "\(info)")
            let use = try workshop.run(["generate", "--model", "mine"])
            #expect(use.status == 1 && use.errors.contains("model.safetensors"), "\(use)")
        }

        private static let mistakes: [([String], Int32, String)] = [
            (["export", "out", "--model", "nowhere"], 1, "nowhere"),
            (["export", "out", "--model", "model", "--numbers", "q8_0"], 1, "GGUF"),
            (["export", "w.safetensors", "--model", "model", "--numbers", "q4_0"], 1, "q4_0"),
            (["export", "out", "--model", "model", "--numbers", "q9"], 64, "q9"),
            (["export", "x.bin", "--model", "model", "--numbers", "f16"], 1, "llm.c"),
            (["export", "none/out.gguf", "--model", "model"], 1, "none"),
            (["import", "nowhere"], 1, "nowhere"),
            (["import", "model", "--name", "a/b"], 64, "--name"),
            (["import", "model.gguf", "--tokenizer", "none"], 1, "none"),
            (["info", "nowhere"], 1, "nowhere"),
            (["info", "corpus.txt"], 1, "corpus.txt"),
        ]

        @Test(arguments: mistakes.indices)
        func `What cannot be done is refused in a sentence`(_ index: Int) throws {
            let (arguments, status, word) = Self.mistakes[index]
            let workshop = try Workshop.withModel()
            let outcome = try workshop.run(arguments)
            #expect(outcome.status == status, "\(arguments): \(outcome)")
            #expect(outcome.errors.contains(word), "\(outcome.errors)")
            #expect(outcome.errorLines.count == 1 || status == 64, "\(outcome.errors)")
        }
    }
}
