import Foundation
import MiniGPT

/// How a generation went, in words.
struct GenerationReport {
    let text: String

    init(_ summary: GenerationSummary) {
        var reason = summary.stopReason.rawValue
        if let stop = summary.stopString { reason += " \(stop.debugDescription)" }
        var lines = [
            "stopped: \(reason)",
            "prompt: \(summary.promptTokens) tokens, \(summary.readPromptTokens) read at "
                + "\(Self.number(summary.promptTokensPerSecond)) tokens/s",
            "text: \(summary.tokens) tokens at "
                + "\(Self.number(summary.decodeTokensPerSecond)) tokens/s, the first after "
                + "\(Self.number((summary.secondsToFirstToken ?? 0) * 1_000)) ms",
        ]
        if summary.droppedPromptTokens > 0 {
            lines.append("prompt cut: \(summary.droppedPromptTokens) tokens did not fit")
        }
        if summary.slides > 0 { lines.append("context slid: \(summary.slides) times") }
        if summary.draftedTokens > 0 {
            lines.append(
                "guesses: \(summary.acceptedTokens) of \(summary.draftedTokens) were right")
        }
        if let isComplete = summary.isGrammarComplete {
            lines.append("grammar: \(isComplete ? "complete" : "not complete")")
        }
        lines.append("memory: \(Self.largestMemory >> 20) MiB at most")
        text = lines.map { "[\($0)]" }.joined(separator: "\n")
    }

    /// The most memory the program has had, in bytes.
    private static var largestMemory: Int {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1_024
        #endif
    }

    private static func number(_ value: Double) -> String {
        String(format: value < 100 ? "%.1f" : "%.0f", value)
    }

    /// A token and its alternatives on one line.
    static func line(_ token: GeneratedToken, _ tokenizer: any TextTokenizer) -> String {
        func entry(_ bytes: [UInt8], _ logProbability: Float) -> String {
            let text = String(decoding: bytes, as: UTF8.self).debugDescription
            return "\(text) \(String(format: "%.3f", logProbability))"
        }
        let others = token.alternatives.map {
            entry(tokenizer.bytes(of: $0.token) ?? [], $0.logProbability)
        }
        return entry(token.bytes, token.logProbability) + "\t" + others.joined(separator: "  ")
            + "\n"
    }
}
