import Foundation
import MiniGPT
import MiniPipeline
import MiniSupport

/// A training as its folder shows it: `run.json`, the lines of `metrics.jsonl` and `samples.jsonl`.
///
/// The files grow while they are read, so a last line that is not whole yet is left for the next time.
struct RunRecord: Sendable {
    let folder: URL
    var name: String { folder.lastPathComponent }

    private var file: JSONNode? {
        guard let data = Self.read(folder.appendingPathComponent("run.json"), limit: 1 << 20) else {
            return nil
        }
        return try? JSONNode(strict: Array(data))
    }

    /// Whether the folder is a run's.
    var exists: Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent("run.json").path)
    }

    private static let metricsLimit = 64 << 20

    /// The steps after a step.
    func metrics(after step: Int, limit: Int = 20_000) -> [JSONNode] {
        lines("metrics.jsonl").filter { Self.integer($0["step"]) ?? 0 > step }.suffix(limit)
    }

    /// What it said on the way, after a step.
    func samples(after step: Int, limit: Int = 200) -> [JSONNode] {
        lines("samples.jsonl").filter { Self.integer($0["step"]) ?? 0 > step }.suffix(limit)
    }

    private func lines(_ name: String) -> [JSONNode] {
        let url = folder.appendingPathComponent(name)
        guard let data = Self.read(url, limit: Self.metricsLimit) else { return [] }
        guard let end = data.lastIndex(of: 0x0A) else { return [] }
        return data[..<end].split(separator: 0x0A).compactMap { try? JSONNode(strict: Array($0)) }
    }

    private static func read(_ url: URL, limit: Int) -> Data? {
        guard let handle = try? FileHandle(forReadingFrom: url) else { return nil }
        defer { try? handle.close() }
        return try? handle.read(upToCount: limit)
    }

    static func integer(_ node: JSONNode?) -> Int? {
        guard case .number(let text)? = node else { return nil }
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// Whether something was written in the last half minute.
    private var isFresh: Bool {
        let url = folder.appendingPathComponent("metrics.jsonl")
        let values = try? url.resourceValues(forKeys: [.contentModificationDateKey])
        return (values?.contentModificationDate?.timeIntervalSinceNow ?? -1e9) > -30
    }

    /// "running", "stopped", "finished" or "failed".
    ///
    /// - Parameter process: of this server, if it was started here.
    func state(_ process: RunCatalog.Started?) -> String {
        if process?.isRunning == true { return "running" }
        let (step, total) = (last?["step"], file?["totalSteps"])
        if let step = Self.integer(step), let total = Self.integer(total), step >= total {
            return "finished"
        }
        if case .string("finished")? = file?["state"] { return "finished" }
        if process?.hasFailed == true { return "failed" }
        if case .string("failed")? = file?["state"] { return "failed" }
        if case .string("running")? = file?["state"], isFresh { return "running" }
        return "stopped"
    }

    /// The last row with a validation loss.
    var lastValidation: JSONNode? {
        lines("metrics.jsonl").last { $0.number("validationLoss") != nil }
    }

    /// The steps that the training was to have; `nil` if its file does not say.
    var totalSteps: JSONNode? { file?["totalSteps"] }

    /// The last row of its metrics.
    var last: JSONNode? { lines("metrics.jsonl").last }
}

extension JSONNode {
    /// A member that is a number.
    fileprivate func number(_ key: String) -> Double? {
        guard case .number(let text)? = self[key] else { return nil }
        return Double(text)
    }
}
