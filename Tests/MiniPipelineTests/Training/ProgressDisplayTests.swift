import Foundation
import MiniGPT
import Testing

@testable import MiniPipeline

@Suite struct ProgressDisplayTests {
    private func report(_ step: Int, of total: Int) throws -> StepReport {
        let json = """
            {"step":\(step),"totalSteps":\(total),"loss":1.9126,"learningRate":1e-3,
            "gradientNorm":0.5,"tokensPerSecond":74512.4,"shareOfPeak":0.456,
            "elapsedSeconds":10,"remainingSeconds":92.4}
            """
        return try JSONDecoder().decode(StepReport.self, from: Data(json.utf8))
    }

    @Test func `A plain line has the step and the facts`() throws {
        #expect(
            try ProgressDisplay.line(report(7, of: 2_000))
                == "step    7/2000  loss 1.913  74512 tokens/s  46% of peak  ETA 1:32")
    }

    @Test func `The bar grows with the steps`() throws {
        let console = Console(isTerminal: true, hasColors: false)
        let display = ProgressDisplay(console: console, total: 2_000)
        let half = try display.bar(report(1_000, of: 2_000), columns: 120)
        #expect(half.filter { $0 == "█" }.count == 20 && half.filter { $0 == "░" }.count == 20)
        #expect(half.hasSuffix(" 1000/2000  loss 1.913  74512 tokens/s  46% of peak  ETA 1:32"))
        let full = try display.bar(report(2_000, of: 2_000), columns: 120)
        #expect(!full.contains("░"))
    }

    @Test(arguments: [1, 10, 40, 66, 67, 75, 80, 300])
    func `The bar fits any terminal with a column to spare`(_ columns: Int) throws {
        let console = Console(isTerminal: true, hasColors: false)
        let display = ProgressDisplay(console: console, total: 2_000)
        #expect(
            try display.bar(report(1_999, of: 2_000), columns: columns).count < max(2, columns))
    }

    @Test func `Colours are only for those who want them`() {
        let plain = Console(isTerminal: true, hasColors: false)
        let colored = Console(isTerminal: true, hasColors: true)
        #expect(plain.colored("a", 32) == "a")
        #expect(colored.colored("a", 32) == "\u{1B}[32ma\u{1B}[0m")
    }

    @Test(arguments: [
        (0.0, "0:00"), (59.6, "1:00"), (61, "1:01"), (3_600, "1:00:00"), (86_399, "23:59:59"),
        (.infinity, "?"), (.nan, "?"),
    ])
    func `Times read like a clock`(_ seconds: Double, _ text: String) {
        #expect(NumberText.time(seconds) == text)
    }
}
