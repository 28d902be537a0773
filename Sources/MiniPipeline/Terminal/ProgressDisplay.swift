import Foundation
import MiniGPT

/// Shows a training: a bar that is redrawn in a terminal, a line now and then elsewhere.
public struct ProgressDisplay {
    private let console: Console
    private let total: Int
    /// What a loss is counted by.
    private let unit: TokenUnit
    private let clock = ContinuousClock()
    private var lastDrawn: ContinuousClock.Instant?
    private var savingReason: CheckpointReason?
    private static let pause = Duration.milliseconds(100)

    /// A display of a training of so many steps.
    public init(console: Console, total: Int, unit: TokenUnit = .token) {
        self.console = console
        self.total = total
        self.unit = unit
    }

    /// Shows what a trainer tells.
    public mutating func show(_ event: TrainingEvent) {
        switch event {
        case .step(let report): show(report)
        case .validation(let report): show(report)
        case .checkpoint(let event): show(event)
        case .finished(let summary): show(summary)
        }
    }

    /// Removes the bar from the terminal.
    public func clear() { console.clearLine() }

    private mutating func show(_ report: StepReport) {
        guard console.isTerminal else {
            if report.step == 1 || report.step == total || report.step % max(1, total / 20) == 0 {
                console.write(Self.line(report) + "\n")
            }
            return
        }
        let now = clock.now
        if let lastDrawn, now - lastDrawn < Self.pause, report.step < total { return }
        lastDrawn = now
        console.replaceLine(bar(report, columns: console.columns))
    }

    private func show(_ report: ValidationReport) {
        clear()
        let loss = String(format: "%.4f", report.loss)
        console.write(
            "step \(report.step): validation loss \(console.colored(loss, 1)) nats per \(unit.rawValue) over \(report.tokens) \(unit.plural)\(report.isBest ? "" : ", not the best")\n"
        )
    }

    private mutating func show(_ event: CheckpointEvent) {
        switch event {
        case .began(_, let reason):
            savingReason = reason
        case .saved(let report):
            if let leftover = report.leftover {
                console.complain("An old checkpoint could not be deleted: \(leftover)")
            }
            guard savingReason == .stop || savingReason == .end else { return }
            clear()
            console.write("step \(report.step): saved in \(report.url.path)\n")
        case .failed(let step, let error):
            console.complain("The checkpoint of step \(step) could not be written: \(error)")
        }
    }

    private func show(_ summary: TrainingSummary) {
        clear()
        let verb = summary.wasStopped ? "Stopped after" : "Trained"
        var line =
            "\(verb) \(summary.steps) of \(total) steps in \(NumberText.time(summary.elapsedSeconds)), \(Int(summary.tokensPerSecond)) \(unit.plural)/s"
        if let best = summary.bestValidationLoss {
            line += String(format: "; lowest validation loss %.4f", best)
        }
        console.write(line + "\n")
    }

    /// `step 100/2000  loss 2.51  …`
    package static func line(_ report: StepReport) -> String {
        let number = String(report.step)
        let padding = String(
            repeating: " ", count: max(0, String(report.totalSteps).count - number.count))
        return "step \(padding)\(number)/\(report.totalSteps)  \(facts(report))"
    }

    /// The bar and the facts, in the width of the terminal.
    package func bar(_ report: StepReport, columns: Int) -> String {
        let facts = " \(report.step)/\(report.totalSteps)  \(Self.facts(report))"
        // One column is left free: a full line would make some terminals scroll.
        let room = columns - 1 - facts.count
        guard room >= 8 else { return String(facts.dropFirst().prefix(max(0, columns - 1))) }
        let length = min(room, 40)
        let done = min(length, length * report.step / max(1, report.totalSteps))
        return console.colored(String(repeating: "█", count: done), 32)
            + console.colored(String(repeating: "░", count: length - done), 90) + facts
    }

    private static func facts(_ report: StepReport) -> String {
        var parts = [
            String(format: "loss %.3f", report.loss),
            String(format: "%.0f tokens/s", report.tokensPerSecond),
        ]
        if let share = report.shareOfPeak {
            parts.append(String(format: "%.0f%% of peak", 100 * share))
        }
        parts.append("ETA " + NumberText.time(report.remainingSeconds))
        return parts.joined(separator: "  ")
    }
}

/// What one token stands for.
public enum TokenUnit: String, Sendable, Codable {
    /// A character, with a character tokenizer.
    case character
    /// A token that is a piece of text.
    case token

    /// The word for more than one: "tokens".
    public var plural: String { rawValue + "s" }
}
