import Foundation
import MiniGPT
import MiniTensor

/// Whether a training step has the same bits on one thread and on all.
struct ThreadCheck: Check {
    let name = "same bits on all threads"
    var threads = max(2, Compute.defaultThreads)
    /// What is compared; a test can put something here that differs.
    var result: @Sendable () -> [Float] = ThreadCheck.gradients

    func examine() -> Diagnosis {
        let one = Compute.$threads.withValue(1) { result() }
        let all = Compute.$threads.withValue(threads) { result() }
        let different = zip(one, all).count { $0.bitPattern != $1.bitPattern }
        let facts = ["numbers": "\(one.count)", "different": "\(different)"]
        guard different == 0, one.count == all.count, !one.isEmpty else {
            return Diagnosis(
                .failure,
                "\(different) of \(one.count) gradients differ between 1 and \(threads) threads",
                remedy:
                    "Set MINIGPT_THREADS=1 meanwhile, and please report this with the findings of all checks.",
                facts: facts)
        }
        return Diagnosis(
            .good, "\(one.count) gradients are the same with 1 and \(threads) threads",
            facts: facts)
    }

    /// The gradients of a model that is large enough to be divided.
    @Sendable static func gradients() -> [Float] {
        let model = SelfTest.model(width: 96, context: 64)
        let (inputs, targets) = SelfTest.batch(model.configuration, batch: 8)
        let (_, gradients) = valueAndGradients(of: model) { $0.loss(inputs, targets: targets) }
        return (0..<gradients.count).flatMap { gradients[$0].scalars }
    }
}

/// Whether a packed model predicts what the model does, in every format.
struct FormatCheck: Check {
    let name = "formats of weights"
    /// How far the loss may be off, in nats.
    var tolerances: [(format: NumberFormat, nats: Double)] = [
        (.float32, 1e-4), (.float16, 0.01), (.bfloat16, 0.05), (.q8, 0.1), (.q4, 0.5),
    ]

    func examine() -> Diagnosis {
        let model = SelfTest.model(width: 96, context: 64)
        var numbers = TestNumbers(seed: 4)
        let text = numbers.ids(65, below: model.configuration.vocabularySize)
        let exact = Double(
            model.loss(
                TokenBatch(Array(text.dropLast()), batch: 1, time: 64),
                targets: TokenBatch(Array(text.dropFirst()), batch: 1, time: 64)
            ).item())
        var facts: [String: String] = [:]
        var wrong: [String] = []
        for (format, tolerance) in tolerances {
            let loss = InferenceModel(model, weights: format).loss(on: text).loss
            let difference = abs(loss - exact)
            facts[format.rawValue] = String(format: "%.1e", difference)
            if !(difference <= tolerance) { wrong.append(format.rawValue) }
        }
        let list = tolerances.map { "\($0.format.rawValue) \(facts[$0.format.rawValue] ?? "")" }
        let detail = "the loss differs by " + list.joined(separator: ", ")
        guard wrong.isEmpty else {
            return Diagnosis(
                .failure, detail,
                remedy:
                    "Do not use \(wrong.joined(separator: ", ")), try MINIGPT_KERNELS=portable, and please report this with the findings of all checks.",
                facts: facts)
        }
        return Diagnosis(.good, detail, facts: facts)
    }
}

/// Whether a checkpoint that was saved is the same when it is loaded.
struct CheckpointCheck: Check {
    let name = "checkpoints"
    let folder: URL
    /// Something that happens to the files in between; a test can damage them here.
    var meanwhile: @Sendable (URL) throws -> Void = { _ in }

    func examine() throws -> Diagnosis {
        let place = DiskCheck.existing(folder)
            .appendingPathComponent(".minigpt-doctor-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        let saved = Self.checkpoint()
        let (report, loaded) = try describing {
            () throws(CheckpointError) -> (CheckpointReport, URL) in
            let report = try CheckpointStore(directory: place).save(saved)
            return (report, report.url)
        }
        try meanwhile(loaded)
        let found = try describing { () throws(CheckpointError) in
            try Checkpoint.latest(in: place)
        }
        guard let found, Self.isSame(found.checkpoint, saved) else {
            return Diagnosis(
                .failure,
                "A checkpoint that was saved in \(place.path) is not the same when loaded",
                remedy: "Check the disk; use another folder.", setting: .project)
        }
        let size = report.bytes
        return Diagnosis(
            .good, "\(NumberText.bytes(size)) saved and loaded, the same bits",
            facts: ["bytes": "\(size)", "seconds": String(format: "%.4f", report.seconds)])
    }

    /// A model and an optimizer that have made a step.
    private static func checkpoint() -> Checkpoint {
        var model = SelfTest.model()
        var optimizer = AdamW(learningRate: 1e-3)
        let (inputs, targets) = SelfTest.batch(model.configuration, batch: 2)
        let (_, gradients) = valueAndGradients(of: model) { $0.loss(inputs, targets: targets) }
        optimizer.update(&model, along: gradients)
        return Checkpoint(
            model: model, optimizer: optimizer,
            progress: .init(step: 1, seed: 1, tokensSeen: inputs.tokens.count), options: .init(),
            settings: TrainingSettings(["made by": "doctor"]))
    }

    private static func isSame(_ a: Checkpoint, _ b: Checkpoint) -> Bool {
        func parameters(_ model: ModelState) -> [Tensor] {
            model.parameters.sorted { $0.name < $1.name }.map(\.value)
        }
        func bits(_ tensors: [Tensor]) -> [UInt32] {
            tensors.flatMap { $0.scalars.map(\.bitPattern) }
        }
        func tensors(_ state: OptimizerState) -> [Tensor] {
            state.tensors.sorted { $0.key < $1.key }.flatMap { _, values in
                values.sorted { $0.key < $1.key }.map(\.value)
            }
        }
        return a.progress == b.progress && a.optimizer.integers == b.optimizer.integers
            && bits(parameters(a.model)) == bits(parameters(b.model))
            && bits(tensors(a.optimizer)) == bits(tensors(b.optimizer))
    }
}
