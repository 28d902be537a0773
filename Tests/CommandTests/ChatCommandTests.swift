import Foundation
import MiniGPT
import MiniPipeline
import TestSupport
import Testing

extension Workshop {
    /// Four questions, each with its own answer.
    static let lessons = [
        ("Who are you?", "I am the mill."), ("What do you do?", "I go round."),
        ("Who dreams?", "The miller dreams."), ("What sings?", "The water sings."),
    ]

    /// A folder with a model whose vocabulary has roles, and a file of lessons.
    static func forChat(kind: String = "bpe") throws -> Workshop {
        let workshop = try Workshop()
        let text = verses + lessons.map { "User: \($0.0) Assistant: \($0.1)\n\n" }.joined()
        try workshop.write("text.txt", text)
        let trained = try workshop.run([
            "tokenizer", "train", "--text", "text.txt", "--out", "tokenizer.json",
            "--vocabulary", "300", "--kind", kind,
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        let tokenizer = try TokenizerSource.open(workshop.path("tokenizer.json"))
        var generator = SplitMix64(seed: 5)
        let model = GPT(
            .init(
                vocabularySize: tokenizer.vocabularySize, contextLength: 64, layers: 2, heads: 2,
                width: 48), using: &generator)
        let contents = try Data(contentsOf: URL(fileURLWithPath: workshop.path("tokenizer.json")))
        try model.export(
            huggingFace: workshop.folder.appendingPathComponent("base"),
            tokenizerFiles: [("tokenizer.json", contents)])
        let lines = lessons.map { question, answer in
            #"{"messages":[{"role":"user","content":"\#(question)"},{"role":"assistant","content":"\#(answer)"}]}"#
        }
        try workshop.write("lessons.jsonl", lines.joined(separator: "\n") + "\n")
        return workshop
    }
}

extension Command {
    @Suite("minigpt chat and minigpt fine-tune") struct ChatCommandTests {
        private let chat = ["chat", "--temperature", "0", "--quiet"]

        @Test(
            "A tiny model learns to answer four questions exactly, with roles or with names",
            arguments: ["bpe", "character"])
        func learns(kind: String) throws {
            let workshop = try Workshop.forChat(kind: kind)
            let tuned = try workshop.run([
                "fine-tune", "lessons.jsonl", "--model", "base", "--iterations", "220",
                "--learning-rate", "5e-3", "--batch", "4",
            ])
            #expect(tuned.status == 0, "\(tuned.errors)")
            #expect(tuned.output.contains("220 steps on 4 conversations"), "\(tuned.output)")
            let questions = Workshop.lessons.map { "/reset\n\($0.0)\n" }.joined()
            let answers = try workshop.run(chat, input: questions)
            #expect(answers.status == 0, "\(answers.errors)")
            #expect(answers.output == Workshop.lessons.map { $0.1 + "\n" }.joined())
        }

        @Test("Conversations are kept after every turn, and go on under their name")
        func keeps() throws {
            let workshop = try Workshop.withModel()
            let flags = chat + ["--model", "model", "--tokens", "4"]
            let first = try workshop.run(
                flags + ["--name", "mill", "--system", "S."], input: "a\n")
            #expect(first.status == 0, "\(first.errors)")
            #expect(!first.output.contains(">") && first.errors.isEmpty)
            let file = URL(fileURLWithPath: workshop.path("chats/mill.json"))
            let kept = try Conversation(contentsOf: file)
            #expect(kept.messages.map(\.role) == [.system, .user, .assistant])
            let second = try workshop.run(flags + ["--continue"], input: "b\n/undo\n/history\n")
            #expect(second.status == 0, "\(second.errors)")
            #expect(second.output.contains("user: a") && !second.output.contains("user: b"))
            #expect(try Conversation(contentsOf: file).messages == kept.messages)
        }

        @Test("Slash commands show and change what they are for")
        func commands() throws {
            let workshop = try Workshop.withModel()
            let lines = [
                "/help", "/set temperature 0.5", "/set", "/seed 9", "/seed", "/system Be brief.",
                "/system", "/tokens", "/model", "/quit", "never read",
            ]
            let outcome = try workshop.run(
                chat + ["--model", "model"], input: lines.joined(separator: "\n"))
            #expect(outcome.status == 0, "\(outcome.errors)")
            for part in [
                "/retry", "temperature 0.5", "\n9\n", "Be brief.", "of a context of 32",
                "parameters",
            ] {
                #expect(outcome.output.contains(part), "\(part) in \(outcome.output)")
            }
            #expect(!workshop.exists("chats"))
        }

        @Test("An unknown command names the closest, and the chat goes on")
        func unknown() throws {
            let workshop = try Workshop.withModel()
            let outcome = try workshop.run(
                chat + ["--model", "model"],
                input: "/sytem x\n/set temprature 1\n/set top-p 2\n/seed x\n/load none\n/seed\n")
            #expect(outcome.status == 0 && outcome.output == "1337\n", "\(outcome)")
            #expect(outcome.errors.contains("did you mean /system?"))
            #expect(outcome.errors.contains("did you mean temperature?"))
            #expect(outcome.errors.contains("topP") || outcome.errors.contains("top-p"))
            #expect(outcome.errorLines.count == 5, "\(outcome.errors)")
        }

        @Test("When the context is full the oldest turns go, and the system's words stay")
        func slides() throws {
            let workshop = try Workshop.withModel()
            let lines = (1...8).map { "q\($0)" }.joined(separator: "\n")
            let outcome = try workshop.run(
                ["chat", "--model", "model", "--tokens", "3", "--seed", "2"], input: lines)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("turns were left out"), "\(outcome.errors)")
            let long = try workshop.run(
                chat + ["--model", "model"], input: String(repeating: "mill ", count: 60))
            #expect(long.errors.contains("make it shorter"), "\(long)")
        }

        private static let mistakes: [([String], Int32, [String])] = [
            (["chat", "--model", "nowhere"], 1, ["nowhere"]),
            (["chat"], 1, ["no model"]),
            (["chat", "--model", "model", "--tokens", "0"], 64, ["--tokens"]),
            (["chat", "--model", "model", "--name", "../x"], 1, ["../x"]),
            (["chat", "--model", "model", "--continue"], 1, ["no conversation"]),
            (["fine-tune", "none.jsonl", "--model", "model"], 1, ["none.jsonl"]),
            (["fine-tune", "bad.jsonl", "--model", "model"], 1, ["line 1", "line 2", "line 4"]),
            (["fine-tune", "long.jsonl", "--model", "model"], 1, ["line 1", "tokens"]),
            (["fine-tune", "good.jsonl"], 1, ["minigpt train"]),
            (["fine-tune", "good.jsonl", "--model", "model", "--batch", "0"], 64, ["--batch"]),
            (["fine-tune", "good.jsonl", "--model", "model", "--name", "a/b"], 64, ["--name"]),
            (["fine-tune", "good.jsonl", "--resume", "--force"], 64, ["--resume"]),
        ]

        @Test(arguments: mistakes.indices)
        func `What cannot be done is refused in a sentence`(_ index: Int) throws {
            let (arguments, status, words) = Self.mistakes[index]
            let workshop = try Workshop.withModel()
            try workshop.write(
                "bad.jsonl",
                "nonsense\n{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}\n\n{\"messages\":[{\"role\":\"king\",\"content\":\"a\"}]}\n"
            )
            let good = #"{"prompt":"a","completion":"b"}"#
            try workshop.write("good.jsonl", good + "\n")
            try workshop.write(
                "long.jsonl",
                #"{"prompt":"a","completion":"\#(String(repeating: "x y ", count: 90))"}"#)
            let outcome = try workshop.run(arguments, input: "")
            #expect(outcome.status == status, "\(arguments): \(outcome)")
            for word in words { #expect(outcome.errors.contains(word), "\(outcome.errors)") }
        }

        @Test("A run is not overwritten by accident, and --check trains nothing")
        func careful() throws {
            let workshop = try Workshop.forChat()
            let flags = ["fine-tune", "lessons.jsonl", "--model", "base", "--iterations", "2"]
            let check = try workshop.run(flags + ["--check"])
            #expect(check.status == 0 && check.output.contains("<|user|>Who are you?<|end|>"))
            #expect(!workshop.exists("runs"))
            #expect(try workshop.run(flags).status == 0)
            let again = try workshop.run(flags)
            #expect(again.status == 1 && again.errors.contains("--resume"), "\(again)")
            #expect(try workshop.run(flags + ["--force"]).status == 0)
            let resumed = try workshop.run(flags + ["--resume"])
            #expect(resumed.status == 0, "\(resumed.errors)")
        }
    }
}
