import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// Trains a character-level GPT on a text and lets it speak.
///
/// The flags are the hyperparameters; everything else is a call into the library.
@main
struct TrainShakespeare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "TrainShakespeare",
        abstract: "Trains a character-level GPT on Shakespeare, on the CPU, and lets it speak.",
        discussion: """
            The defaults are nanoGPT's recipe for a CPU. Under --out it leaves the metrics of every \
            step (metrics.jsonl, metrics.csv), the loss curve (loss.svg) and what the model said \
            (sample.txt). Ctrl-C stops after the current step and still writes them. With \
            --checkpoints the state of the training is saved now and then, and when it is stopped; \
            the same command with --resume goes on from there, to the very same model.
            """)

    @Option(
        help: ArgumentHelp(
            "A UTF-8 text to learn from, or 'bundled' for the play that ships with the example. "
                + "Without it: tiny Shakespeare, from the cache or its public address.",
            valueName: "file|bundled"))
    var corpus: String?
    @Option(help: "The folder for the metrics, the curve and the sample.")
    var out = "runs/shakespeare"

    // `.unconditional`, so that a negative number is a value and is told apart by `checkNumbers()`.
    @Option(parsing: .unconditional, help: "How many steps to train.")
    var iterations = 2_000
    @Option(parsing: .unconditional, help: "Examples in a batch.")
    var batch = 12
    @Option(parsing: .unconditional, help: "Characters the model can look back on.")
    var context = 64
    @Option(parsing: .unconditional, help: "Transformer blocks.")
    var layers = 4
    @Option(
        parsing: .unconditional,
        help: "Attention heads in each block; they must share the width evenly.")
    var heads = 4
    @Option(parsing: .unconditional, help: "The length of the vector of one position.")
    var width = 128
    @Option(
        parsing: .unconditional, help: "The share dropped while training, at least 0 and below 1.")
    var dropout: Float = 0

    @Option(parsing: .unconditional, help: "The learning rate after the warm-up.")
    var learningRate: Float = 1e-3
    @Option(parsing: .unconditional, help: "The learning rate at the end.")
    var minimumLearningRate: Float = 1e-4
    @Option(parsing: .unconditional, help: "Steps over which the learning rate rises.")
    var warmup = 100
    @Option(parsing: .unconditional, help: "How fast weights shrink (AdamW's λ).")
    var weightDecay: Float = 0.1
    @Option(parsing: .unconditional, help: "AdamW's β₁.")
    var beta1: Float = 0.9
    @Option(parsing: .unconditional, help: "AdamW's β₂.")
    var beta2: Float = 0.99
    @Option(
        parsing: .unconditional,
        help: "Gradients longer than this are shortened to it; 0 for never.")
    var clip: Float = 1
    @Option(
        parsing: .unconditional,
        help: "Test on the validation text after so many steps, and at the end; 0 for never.")
    var validationInterval = 250

    @Option(
        help: ArgumentHelp(
            "The folder to save the training in. (default: none; OUT/checkpoints with --resume)",
            valueName: "folder"))
    var checkpoints: String?
    @Flag(help: "Go on from the newest whole checkpoint, if there is one.")
    var resume = false
    @Flag(help: "Go on even if flags or the corpus are others than before.")
    var allowChanges = false
    @Option(parsing: .unconditional, help: "Save after so many steps; 0 for never.")
    var saveEvery = 250
    @Option(parsing: .unconditional, help: "Save after so many seconds; 0 for never.")
    var saveSeconds: Double = 60
    @Option(
        parsing: .unconditional, help: "How many checkpoints to keep, besides the best.")
    var keep = 2

    @Option(parsing: .unconditional, help: "Decides the first weights, the batches and the sample.")
    var seed: UInt64 = 1337
    @Option(
        parsing: .unconditional,
        help: "How many threads to use. The result is the same with any number. (default: all)")
    var threads: Int?
    @Option(parsing: .unconditional, help: "Where the sample starts. (default: a new line)")
    var prompt = ""
    @Option(parsing: .unconditional, help: "How many characters to sample at the end.")
    var sample = 500
    @Option(
        parsing: .unconditional,
        help: "Below 1 makes likely characters likelier; 0 takes the likeliest.")
    var temperature: Float = 0.8

    // The training keeps the main thread busy, so that the threads that deliver Ctrl-C stay free.
    @MainActor
    func run() async throws {
        do {
            try await trainAndSpeak()
        } catch let error as PipelineError {
            throw FlagError(error)
        }
    }

    @MainActor
    private func trainAndSpeak() async throws {
        let console = Console()
        // All that the user gave is checked before anything is written.
        try checkNumbers()
        try OutputFolder.check(out, as: .out, names: Self.names)
        let text = try await Corpus.load(corpus, console: console)
        let lesson = try Lesson(text, recipe)
        let output = try OutputFolder(creating: out, as: .out)

        let stop = StopSignal.onInterrupt()
        var run = try TrainingRun(recipe, lesson, checkpoints: checkpointFolder, until: stop)
        console.write("\(run.model)\n\n")
        let rows = try train(&run, into: output, console)
        try output.write(
            LossCurve(rows: rows, title: "Loss on \(text.title)").svg, to: "loss.svg")
        try await speak(run.model, lesson.tokenizer, into: output, until: stop, console)
        console.write("\nWritten to \(out): \(Self.names.joined(separator: ", "))\n")
        if let code = stop.exitCode { throw ExitCode(code) }
    }

    /// What is in the folder at the end.
    private static let names = ["metrics.jsonl", "metrics.csv", "loss.svg", "sample.txt"]

    /// Where the training is saved, if it is.
    private var checkpointFolder: URL? {
        (checkpoints ?? (resume ? "\(out)/checkpoints" : nil)).map { URL(fileURLWithPath: $0) }
    }

    /// Makes the steps, shows them and notes them down.
    private func train(
        _ run: inout TrainingRun, into output: OutputFolder, _ console: Console
    ) throws -> [MetricsRow] {
        let notices = try run.resume(
            isWanted: resume, allowsChanges: allowChanges,
            elsewhere: .change("another", [.checkpoints]))
        var metrics = try Metrics(in: output, after: run.optimizer.step)
        var display = ProgressDisplay(console: console, total: iterations, unit: .character)
        try Compute.$threads.withValue(threads ?? Compute.threads) {
            let peak = Compute.measurePeak()
            run.trainer.peakGigaflops = peak
            console.write(MachineDescription(peakGigaflops: peak).text + "\n")
            console.write(run.lesson.description + "\n")
            for notice in notices { console.write(notice + "\n") }
            console.write("\n")
            do {
                try run.trainer.run(&run.model, &run.optimizer) { event in
                    try metrics.record(event)
                    display.show(event)
                }
            } catch {
                // What was measured until then is worth keeping.
                display.clear()
                try metrics.finish()
                throw error
            }
        }
        return metrics.rows
    }

    /// Prints what the model says, as it says it, and keeps it.
    private func speak(
        _ model: GPT, _ tokenizer: any TextTokenizer, into output: OutputFolder,
        until stop: StopSignal, _ console: Console
    ) async throws {
        var spoken = prompt
        console.write("\n\(prompt)")
        let wasStopped = stop.isRaised
        let events = try model.generate(
            prompt, tokenizer: tokenizer, sampler: .temperature(temperature),
            options: GenerationOptions(maximumTokens: sample, seed: seed))
        for try await event in events {
            guard case .text(let piece) = event else { continue }
            console.write(piece)
            spoken += piece
            // A stopped training still speaks; Ctrl-C while it speaks stops that.
            if stop.isRaised, !wasStopped { break }
        }
        console.write("\n")
        try output.write(spoken + "\n", to: "sample.txt")
    }
}
