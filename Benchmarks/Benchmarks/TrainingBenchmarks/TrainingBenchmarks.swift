import Benchmark
import Registration
import Workloads

/// Whole training steps: batch, forward, backward, clip to norm 1, AdamW.
let benchmarks: @Sendable () -> Void = {
    for preset in [ModelPreset.small, .character, .course] {
        let work = preset.work
        registerSampler(
            "step-\(preset.rawValue)",
            Work(operations: work.operations, tokens: Double(work.tokens)),
            seconds: preset == .course ? 8 : 3, more: [.peakMemoryResident, .pageFaults]
        ) {
            let trainer = Trainer(work)
            return { trainer.step() }
        }
    }
}

/// Holds a model between the steps.
private final class Trainer {
    private var state: TrainingState

    init(_ work: TrainingWork) {
        state = TrainingState(work)
        for _ in 0..<2 { state.step() }
    }

    func step() -> Double { Timing.secondsToRun { state.step() } }
}
