import Foundation
import MiniGPT

/// The file `metrics.jsonl` of a run: one object for each step.
final class MetricsLog {
    private struct Row: Encodable {
        var step: Int
        var loss: Float
        var learningRate: Float
        var gradientNorm: Float
        var tokensPerSecond: Double
        var elapsedSeconds: Double
        var validationLoss: Float?
    }

    private let handle: FileHandle
    private let path: String
    /// The last step, until it is known whether a test follows it.
    private var pending: Row?

    /// Opens the file; what is in there of later steps is cut off, so that a run that is taken up
    /// again has every step once.
    init(_ url: URL, after step: Int) throws(PipelineError) {
        path = url.path
        let old = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
        let kept = old.split(separator: "\n").prefix { line in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
            return ((object as? [String: Any])?["step"] as? Int).map { $0 <= step } ?? false
        }
        let text = kept.map { $0 + "\n" }.joined()
        try describing(url.path) { () throws(FileFailure) in
            try AtomicFile.write(text.utf8, to: url)
        }
        guard let handle = try? FileHandle(forWritingTo: url) else {
            throw PipelineError("\(url.path) cannot be written.")
        }
        _ = try? handle.seekToEnd()
        self.handle = handle
    }

    deinit { try? handle.close() }

    /// Notes an event down.
    func note(_ event: TrainingEvent) throws(PipelineError) {
        switch event {
        case .step(let report):
            try write()
            pending = Row(
                step: report.step, loss: report.loss, learningRate: report.learningRate,
                gradientNorm: report.gradientNorm, tokensPerSecond: report.tokensPerSecond,
                elapsedSeconds: report.elapsedSeconds)
        case .validation(let report): pending?.validationLoss = report.loss
        case .finished: try write()
        case .checkpoint: break
        }
    }

    private func write() throws(PipelineError) {
        guard let row = pending else { return }
        pending = nil
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            try handle.write(contentsOf: try encoder.encode(row) + Data("\n".utf8))
        } catch {
            throw PipelineError("\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}
