import ArgumentParser
import Foundation
import MiniGPT
import Workloads

extension ModelPreset: ExpressibleByArgument {}

/// Whole training steps.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Whole training steps of a GPT of any size on random tokens.",
        discussion: """
            A step is a batch, forward, backward, clip to norm 1 and AdamW. A size that is given \
            replaces that of the model. Peak memory is that of the steps alone: the machine's peak \
            is measured after them.
            """)

    @OptionGroup var model: ModelOptions

    @Option(help: "Steps to measure; as many as fit into --seconds unless given.")
    var steps: Int?

    @Option(help: "Steps before the measurement.")
    var warmup = 3

    @Option(help: "About how long to measure when --steps is not given.")
    var seconds = 5.0

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try checkSeconds(seconds)
        do {
            if let steps { try Limits.check("number of steps", steps, 1...1_000_000) }
            try Limits.check("number of warm-up steps", warmup, 0...1_000_000)
        } catch {
            throw ValidationError(error.description)
        }
        try model.check()
    }

    func run() throws {
        let report = common.withThreads {
            TrainingReport.measure(model.work, steps: steps, warmup: warmup, seconds: seconds)
        }
        if common.json { return try printJSON(report) }
        common.printHeader(peak: report.peakGigaflops)
        print(TrainingReport.table(of: [(model.name, report)]))
    }
}

/// The model to train.
struct ModelOptions: ParsableArguments {
    @Option(help: "A model to start from: course, character, gpt2-1024, gpt2-256 or small.")
    var model: ModelPreset = .course

    @Option(help: "How many different tokens there are.")
    var vocabulary: Int?

    @Option(help: "The length of the vector of one position.")
    var width: Int?

    @Option(help: "The number of transformer blocks.")
    var layers: Int?

    @Option(help: "Attention heads in each block.")
    var heads: Int?

    @Option(help: "Tokens in a sequence.")
    var context: Int?

    @Option(help: "Sequences in a step.")
    var batch: Int?

    @Flag(help: "Do the blocks again for the gradients: less memory, more time.")
    var recomputeBlocks = false

    /// The training that is asked for.
    var work: TrainingWork {
        var configuration = model.work.configuration
        if let vocabulary { configuration.vocabularySize = vocabulary }
        if let width { configuration.width = width }
        if let layers { configuration.layers = layers }
        if let heads { configuration.heads = heads }
        if let context { configuration.contextLength = context }
        return TrainingWork(
            configuration, batch: batch ?? model.work.batch,
            recomputesBlocks: recomputeBlocks)
    }

    /// The preset's name if it was not changed, else the sizes.
    var name: String {
        let isPreset = [vocabulary, width, layers, heads, context, batch].allSatisfy { $0 == nil }
        if isPreset { return model.rawValue }
        let (c, batch) = (work.configuration, work.batch)
        return "vocabulary \(c.vocabularySize), width \(c.width), \(c.layers) layers, "
            + "\(c.heads) heads, context \(c.contextLength), batch \(batch)"
    }

    /// Checks the sizes.
    func check() throws {
        do {
            try work.validate()
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
