import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// `minigpt fine-tune`: teaches a model to answer.
struct FineTune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fine-tune", abstract: "Teaches a trained model to answer.",
        discussion: """
            The data is one JSON object on each line: {"messages": [{"role": "user", "content": …}, \
            {"role": "assistant", "content": …}]} as OpenAI has it, or {"prompt": …, "completion": …}. \
            Only the assistant's words are learned. Ctrl-C saves a checkpoint; --resume goes on from \
            it as if nothing had been.

            Examples:
              minigpt fine-tune conversations.jsonl --check
              minigpt fine-tune conversations.jsonl --epochs 5
              minigpt fine-tune conversations.jsonl --model gpt2 --name helper --learning-rate 1e-4
              minigpt fine-tune conversations.jsonl --resume
            """)

    @Argument(help: "The conversations, in JSON lines.") var data: String
    @OptionGroup var place: ProjectOptions
    @Option(
        help: ArgumentHelp(
            "The model to start from. (default: the project's trained one)", valueName: "model"))
    var model: String?
    @Option(help: "The name of the run in runs/.") var name = "chat"
    @Option(parsing: .unconditional, help: "How often every conversation is seen, about.")
    var epochs = 3.0
    @Option(parsing: .unconditional, help: "How many steps to make, instead of --epochs.")
    var iterations: Int?
    @Option(parsing: .unconditional, help: "Rows in a batch; each is filled with conversations.")
    var batch = 8
    @Option(parsing: .unconditional, help: "The highest learning rate.")
    var learningRate: Float = 3e-4
    @Option(
        parsing: .unconditional,
        help: "The share kept for tests; none of fewer than ten conversations.")
    var validationShare = 0.1
    @Option(parsing: .unconditional, help: "Save after so many steps.") var saveEvery = 100
    @Option(parsing: .unconditional, help: "Decides which conversations come when.")
    var seed: UInt64 = 1337
    @Flag(help: "Go on where the run was stopped.") var resume = false
    @Flag(help: "Begin again although the run is there.") var force = false
    @Flag(help: "Check the data, and show one conversation as the model sees it; train nothing.")
    var check = false
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        func require(_ holds: Bool, _ flag: String, _ value: Any, _ allowed: String) throws {
            guard holds else {
                throw ValidationError("--\(flag) is \(value), but must be \(allowed).")
            }
        }
        try require(epochs > 0 && epochs <= 1e6, "epochs", epochs, "above 0, at most a million")
        try require(
            (1...1 << 30).contains(iterations ?? 1), "iterations", iterations ?? 0, "at least 1")
        try require((1...1 << 16).contains(batch), "batch", batch, "from 1 to 65536")
        try require(
            learningRate > 0 && learningRate < 10, "learning-rate", learningRate, "above 0")
        try require(
            (0...0.9).contains(validationShare), "validation-share", validationShare,
            "from 0 to 0.9")
        try require((1...1 << 30).contains(saveEvery), "save-every", saveEvery, "at least 1")
        try checkingSettings { () throws(PipelineError) in try RunName.check(name) }
        guard !resume || !force else {
            throw ValidationError("Give --resume or --force, not both.")
        }
    }

    func run() throws {
        var tuning = FineTuning(conversations: URL(fileURLWithPath: data))
        tuning.model = model
        tuning.name = name
        tuning.epochs = epochs
        tuning.steps = iterations
        tuning.batchSize = batch
        tuning.learningRate = learningRate
        tuning.validationShare = validationShare
        tuning.saveEvery = saveEvery
        tuning.seed = seed
        tuning.resumes = resume
        tuning.replaces = force
        if check { return try showPlan(of: tuning) }
        let stop = StopSignal.onInterrupt()
        tuning.stop = stop
        let ready = tuning
        let result = try threads.run {
            do {
                return try ready.run(in: place.project, onEvent: report)
            } catch let error as CheckpointError {
                throw PipelineError(error.description)
            } catch let error as TrainingError {
                throw PipelineError(error.description)
            }
        }
        output.console.clearLine()
        try output.show(result, text: text(result))
        if let code = stop.exitCode, result.wasStopped { throw ExitCode(code) }
    }

    private func text(_ result: FineTuning.Result) -> String {
        let loss = result.loss.map { String(format: ", loss %.4f", $0) } ?? ""
        let validation =
            result.validationLoss.map { String(format: ", validation loss %.4f", $0) } ?? ""
        let next =
            result.wasStopped
            ? "Stopped and saved; --resume goes on." : "Talk with it: minigpt chat --model \(name)"
        return
            "\(result.run): \(NumberText.count(result.steps)) steps on \(NumberText.count(result.conversations)) conversations (\(NumberText.count(result.countedTokens)) tokens to learn)\(loss)\(validation)\n\(next)"
    }

    private func report(_ event: TrainingEvent) {
        guard !output.quiet, !output.json else { return }
        let console = output.console
        switch event {
        case .step(let step):
            let line =
                "step \(step.step)/\(step.totalSteps)  loss \(String(format: "%.4f", step.loss))  \(NumberText.count(Int(step.tokensPerSecond))) tokens/s  \(NumberText.time(step.remainingSeconds)) left"
            if console.isTerminal {
                console.replaceLine(line)
            } else if step.step % 50 == 0 || step.step == 1 {
                console.write(line + "\n")
            }
        case .validation(let test):
            console.clearLine()
            console.write(
                "step \(test.step)  validation loss \(String(format: "%.4f", test.loss))\(test.isBest ? " (best)" : "")\n"
            )
        case .checkpoint(.failed(_, let error)): console.complain(error.description)
        case .checkpoint, .finished: break
        }
    }

    private struct Check: Encodable {
        let conversations: Int
        let validationConversations: Int
        let tokens: Int
        let countedTokens: Int
        let steps: Int
        let example: String
    }

    private func showPlan(of tuning: FineTuning) throws {
        let plan = try tuning.plan(in: place.project)
        let entries = try ConversationFile.read(tuning.conversations).entries
        let check = Check(
            conversations: plan.data.training.examples.count,
            validationConversations: plan.data.validation?.examples.count ?? 0,
            tokens: plan.data.training.tokenCount, countedTokens: plan.data.training.countedTokens,
            steps: plan.steps, example: plan.template.text(of: entries[0].messages))
        try output.show(
            check,
            text: """
                \(NumberText.count(check.conversations)) conversations to learn, \
                \(NumberText.count(check.validationConversations)) to test; \
                \(NumberText.count(check.countedTokens)) of \(NumberText.count(check.tokens)) tokens count; \
                \(NumberText.count(check.steps)) steps. The first one:
                \(check.example)
                """)
    }
}
