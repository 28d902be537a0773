import ArgumentParser
import MiniGPT
import Workloads

/// Parts of today's decoders, forward and backward.
struct Layers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "RMS norm, rotary positions, SwiGLU and masked attention, forward and backward.",
        discussion: """
            Each at the size of a small model in training and of GPT-2, beside the same made of \
            single operations. Peers/layers.py puts PyTorch beside them.
            """)

    @Option(help: "About how long to measure each.")
    var seconds = 1.0

    @OptionGroup var common: CommonOptions

    func validate() throws { try checkSeconds(seconds) }

    func run() throws {
        let reports = common.withThreads {
            LayerWork.all.map { LayerReport($0, seconds: seconds) }
        }
        if common.json { return try printJSON(reports) }
        common.printHeader(peak: Machine.measurePeak())
        var table = Table([
            "part", "shape", "forward", "backward", "composed forward", "composed backward",
        ])
        for report in reports {
            table.add([
                report.name, report.shape, Figures.time(report.forwardSeconds),
                Figures.time(report.backwardSeconds), Figures.time(report.composedForwardSeconds),
                Figures.time(report.composedBackwardSeconds),
            ])
        }
        print(table)
    }
}

/// What was measured of one part.
private struct LayerReport: Encodable {
    let name: String
    let shape: String
    let forwardSeconds: Double
    let backwardSeconds: Double
    let composedForwardSeconds: Double
    let composedBackwardSeconds: Double

    init(_ work: LayerWork, seconds: Double) {
        let (inputs, size) = (work.inputs(), work.size)
        let fused = GradientTiming.measure(of: inputs, seconds: seconds / 2) { work.fused($0) }
        let composed = GradientTiming.measure(of: inputs, seconds: seconds / 2) {
            work.composed($0)
        }
        name = work.kind.rawValue
        shape = "\(size.batch) × \(size.time) × \(size.width)"
        (forwardSeconds, backwardSeconds) = (fused.forward, fused.backward)
        (composedForwardSeconds, composedBackwardSeconds) = (composed.forward, composed.backward)
    }
}
