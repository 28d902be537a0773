import Foundation
import MiniGPT
import Testing

/// What a model takes from the machine, and that it gives it back.
@Suite struct ResourceTests {
    @Test("eight tasks run inference on one model at once and get what one gets")
    func concurrency() async throws {
        let (trainer, model, _) = try makeTrainer()
        var generator = SplitMix64(seed: 3)
        let batches = (0..<8).map { _ in trainer.training.batch(4, using: &generator).inputs }
        let alone = batches.map { model($0).scalars }
        await withTaskGroup(of: (Int, [Float]).self) { group in
            for index in (0..<4).flatMap({ _ in batches.indices }) {
                group.addTask { (index, model(batches[index]).scalars) }
            }
            for await (index, logits) in group { #expect(logits == alone[index]) }
        }
    }

    // In a process of its own: the figures are those of the whole process.
    @Test("500 steps: memory stays flat, pages are not faulted in anew, and all is given back")
    func memory() async {
        await #expect(processExitsWith: .success) {
            let before = BufferPool.shared.liveBuffers
            try train(steps: 500)
            precondition(
                BufferPool.shared.liveBuffers == before,
                "\(BufferPool.shared.liveBuffers - before) buffers are still alive.")
        }
    }
}

/// Trains for some steps and stops the process if memory grows after the first ten.
private func train(steps: Int) throws {
    var (trainer, model, optimizer) = try makeTrainer(steps)
    trainer.options.validationInterval = 0
    var (live, faults, resident) = (0, 0, 0)
    try trainer.run(&model, &optimizer) { event in
        guard case .step(let report) = event else { return }
        if report.step == 10 {
            live = BufferPool.shared.liveBytes
            faults = pageFaults()
            resident = residentBytes()
        } else if report.step > 10 {
            precondition(
                BufferPool.shared.liveBytes == live,
                "Step \(report.step): \(BufferPool.shared.liveBytes) bytes of tensors, \(live) before."
            )
        }
    }
    let perStep = (pageFaults() - faults) / (steps - 10)
    precondition(perStep <= 50, "\(perStep) page faults a step.")
    let growth = residentBytes() - resident
    precondition(growth < 4 << 20, "The process grew by \(growth) bytes.")
}

private func pageFaults() -> Int { Int(usage().ru_minflt) }

private func usage() -> rusage {
    var usage = rusage()
    #if canImport(Glibc)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
        getrusage(RUSAGE_SELF, &usage)
    #endif
    return usage
}

/// The memory of the process that is in RAM; the peak where the system does not say.
private func residentBytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
        let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return Int(usage().ru_maxrss) }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
