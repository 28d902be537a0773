import Foundation
import MiniGPT
import MiniPipeline
import Testing

@Suite("Fine-tuning and chat templates") struct FineTuningTests {
    /// A folder of its own, removed at the end of the test.
    final class Folder {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("minigpt-tuning-\(UUID().uuidString)")
        init() throws {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }
        deinit { try? FileManager.default.removeItem(at: url) }
    }

    private static let tokenizer: BytePairTokenizer = {
        do {
            return try BytePairTokenizer.train(
                on: "the mill goes round and round", vocabularySize: 290,
                specialTokens: ["<|endoftext|>"] + ChatTemplate.roleTokens)
        } catch { preconditionFailure("\(error)") }
    }()

    private let talk = [
        ChatMessage(.system, "Be brief."), ChatMessage(.user, "Who <|end|> are you?"),
        ChatMessage(.assistant, "A mill."),
    ]

    @Test("Only the assistant's words and what ends them count")
    func mask() throws {
        let template = ChatTemplate.suiting(Self.tokenizer)
        #expect(template == .tokens)
        let example = try ConversationData.example(talk, template, Self.tokenizer)
        let counted = zip(example.tokens, example.counts).filter(\.1).map(\.0)
        #expect(Self.tokenizer.decode(counted) == "A mill.<|end|>")
        let data = ExampleDataset([example], contextLength: 128)
        var generator = SplitMix64(seed: 1)
        let (inputs, targets) = data.batch(2, using: &generator)
        for (place, target) in targets.tokens.enumerated() where target >= 0 {
            #expect(
                place + 1 == inputs.tokens.count || target == inputs.tokens[place + 1]
                    || (place + 1) % 128 == 0)
        }
        // As often as examples fit into the rows.
        let perRow = (128 + 1) / example.tokens.count
        #expect(targets.tokens.count { $0 >= 0 } == 2 * perRow * counted.count)
    }

    @Test("The loss of what the user says does not reach the weights")
    func lossIgnoresUser() throws {
        var generator = SplitMix64(seed: 2)
        let model = GPT(
            .init(
                vocabularySize: Self.tokenizer.vocabularySize, contextLength: 64, layers: 1,
                heads: 2, width: 16), using: &generator)
        let example = try ConversationData.example(talk, .tokens, Self.tokenizer)
        let count = example.tokens.count - 1
        let inputs = TokenBatch(Array(example.tokens.dropLast()), batch: 1, time: count)
        let logits = model(inputs)
        // By hand: the mean of the cross-entropy over the counted places alone.
        var total = 0.0
        var places = 0
        for place in 0..<count where example.counts[place + 1] {
            let row = logits[0, place].scalars.map(Double.init)
            let top = row.max() ?? 0
            let sum = row.reduce(0) { $0 + exp($1 - top) }
            total += top + log(sum) - row[Int(example.tokens[place + 1])]
            places += 1
        }
        let (loss, tokens) = model.evaluate(on: ExampleDataset([example], contextLength: 64))
        #expect(tokens == places)
        #expect(abs(Double(loss) - total / Double(places)) < 1e-4)
    }

    @Test("What a user says never becomes a marker")
    func injection() throws {
        let tokens = try ChatTemplate.tokens.tokens(of: talk, answering: true, Self.tokenizer)
        let end = try #require(Self.tokenizer.addedToken("<|end|>"))
        #expect(tokens.count { $0 == end.id } == 3)
        #expect(Self.tokenizer.decode(tokens).hasSuffix("<|end|><|assistant|>"))
    }

    @Test("A prompt that does not fit loses whole turns, never the system's words or the question")
    func sliding() throws {
        var messages = [ChatMessage(.system, "Be brief.")]
        for number in 1...6 {
            messages.append(ChatMessage(.user, "question \(number)"))
            messages.append(ChatMessage(.assistant, "answer \(number)"))
        }
        messages.append(ChatMessage(.user, "the last"))
        let prompt = try ChatPrompt(
            messages, template: .tokens, tokenizer: Self.tokenizer, contextLength: 96,
            reserve: 16)
        let text = Self.tokenizer.decode(prompt.tokens)
        #expect(prompt.tokens.count <= 80 && prompt.droppedTurns > 0)
        #expect(prompt.droppedTurns.isMultiple(of: 2))
        #expect(text.hasPrefix("<|system|>Be brief.<|end|><|user|>question"))
        #expect(text.hasSuffix("the last<|end|><|assistant|>"))
        #expect(throws: ChatError.self) {
            try ChatPrompt(
                messages, template: .tokens, tokenizer: Self.tokenizer, contextLength: 16,
                reserve: 8)
        }
    }

    @Test("Stopped half-way and taken up again, it ends in the same bits")
    func resumes() throws {
        let folder = try Folder()
        let project = Project(folder.url)
        var generator = SplitMix64(seed: 3)
        let model = GPT(
            .init(
                vocabularySize: Self.tokenizer.vocabularySize, contextLength: 32, layers: 1,
                heads: 2, width: 16), using: &generator)
        let base = folder.url.appendingPathComponent("base")
        try model.export(
            huggingFace: base,
            tokenizerFiles: [("tokenizer.json", Data(try Self.tokenizer.huggingFaceJSON()))])
        let data = folder.url.appendingPathComponent("talks.jsonl")
        let lines = (0..<12).map { #"{"prompt":"mill \#($0)","completion":"round \#($0)"}"# }
        try Data(lines.joined(separator: "\n").utf8).write(to: data)
        var tuning = FineTuning(conversations: data)
        tuning.model = base.path
        tuning.steps = 12
        tuning.batchSize = 2
        tuning.saveEvery = 5
        tuning.name = "whole"
        #expect(try tuning.run(in: project).steps == 12)
        tuning.name = "parts"
        let stop = StopSignal()
        tuning.stop = stop
        let first = try tuning.run(in: project) { event in
            if case .step(let report) = event, report.step == 7 { stop.raise() }
        }
        #expect(first.wasStopped && first.steps == 7)
        guard case .done(let whole) = try project.state(of: .fineTune) else {
            Issue.record("The first run was not noted.")
            return
        }
        #expect(whole.settings["name"] == "whole")
        tuning.stop = nil
        tuning.resumes = true
        #expect(try tuning.run(in: project).steps == 12)
        let weights = try ["whole", "parts"].map { name in
            try Data(
                contentsOf: project.runs.appendingPathComponent(
                    "\(name)/checkpoints/step-00000012/model.safetensors"))
        }
        #expect(weights[0] == weights[1])
        let metrics = try String(
            contentsOf: project.runs.appendingPathComponent("parts/metrics.jsonl"),
            encoding: .utf8)
        #expect(metrics.split(separator: "\n").count == 12)
    }

    @Test("Slash commands are read, and an unknown one finds the closest")
    func commands() {
        #expect(ChatCommand.read("/system  Be brief. ") == .command(.system, "Be brief."))
        #expect(ChatCommand.read("/EXIT") == .command(.quit, ""))
        #expect(ChatCommand.read("//path") == .message("/path"))
        #expect(ChatCommand.read("  ") == .empty)
        #expect(ChatCommand.read("/retyr") == .unknown("retyr", closest: .retry))
        #expect(EditDistance.between("kitten", "sitting") == 3)
    }

    @Test("The template in Jinja has every marker")
    func jinja() {
        let text = ChatTemplate.tokens.jinja
        for marker in ChatTemplate.roleTokens { #expect(text.contains(marker)) }
        #expect(ChatTemplate.names.jinja.contains("\\n\\n"))
    }
}
