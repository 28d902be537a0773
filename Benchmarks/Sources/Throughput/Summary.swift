import ArgumentParser
import MiniGPT
import Workloads

/// The short table.
struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Matrix products, attention and training in one short table (the default).")

    @Option(help: "Threads to use; all processors unless given.")
    var threads = Compute.defaultThreads

    func validate() throws {
        do {
            try Limits.check("number of threads", threads, 1...Compute.defaultThreads)
        } catch {
            throw ValidationError(error.description)
        }
    }

    func run() throws {
        let (matmuls, attentions) = Compute.$threads.withValue(threads) {
            let matmuls = MatmulReport.measure(MatmulWork.transformerShapes, seconds: 0.2)
            let sizes = Attention.sizes(mask: .causal)
            return (matmuls, AttentionReport.measure(sizes, seconds: 1))
        }
        let reports = try [ModelPreset.small, .character, .course].map { preset in
            let arguments = [
                "--model", preset.rawValue, "--threads", "\(threads)", "--seconds", "8",
            ]
            return (preset.rawValue, try Child.train(arguments))
        }
        // One peak for all tables: the best that was seen.
        let peaks =
            matmuls.map(\.peakGigaflops) + attentions.map(\.peakGigaflops)
            + reports.map(\.1.peakGigaflops)
        let peak = peaks.max() ?? .nan
        print(Machine().description(peak: peak, threads: threads), terminator: "\n\n")
        print(MatmulReport.table(of: matmuls.map { $0.against(peak: peak) }), terminator: "\n\n")
        print(
            AttentionReport.table(of: attentions.map { $0.against(peak: peak) }),
            terminator: "\n\n")
        print(TrainingReport.table(of: reports.map { ($0.0, $0.1.against(peak: peak)) }))
    }
}
