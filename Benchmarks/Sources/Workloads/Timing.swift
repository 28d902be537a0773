import Foundation

/// How long something took, from several repetitions.
public struct Timing: Sendable {
    /// Seconds of each repetition, shortest first.
    public let sorted: [Double]

    /// A timing from the seconds of its repetitions.
    ///
    /// - Precondition: there is at least one.
    public init(_ seconds: [Double]) {
        precondition(!seconds.isEmpty, "A timing needs at least one repetition.")
        sorted = seconds.sorted()
    }

    /// The middle one, which a disturbance of the machine does not move: the figure to report.
    public var median: Double {
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// The shortest.
    public var shortest: Double { sorted[0] }

    /// The number of repetitions.
    public var count: Int { sorted.count }

    /// Repeats `body` for about the given seconds, at least `minimum` times, after one call that
    /// does not count.
    ///
    /// Calls that are short against the clock are timed several at once.
    public static func measure(
        seconds: Double, minimum: Int = 3, _ body: () -> Void
    ) -> Timing {
        withoutActuallyEscaping(body) { body in
            let sample = sampler(body)
            var samples: [Double] = []
            let end = ProcessInfo.processInfo.systemUptime + seconds
            while samples.count < minimum || ProcessInfo.processInfo.systemUptime < end {
                samples.append(sample())
            }
            return Timing(samples)
        }
    }

    /// Calls `body` twice, then gives a function that measures the seconds of one call.
    public static func sampler(_ body: @escaping () -> Void) -> () -> Double {
        body()
        let once = Swift.max(secondsToRun(body), 1e-9)
        // 50 µs hold some thousand readings of the clock.
        let callsAtOnce = Swift.max(1, Int(50e-6 / once))
        return {
            secondsToRun { for _ in 0..<callsAtOnce { body() } } / Double(callsAtOnce)
        }
    }

    /// The seconds that `body` takes.
    public static func secondsToRun(_ body: () -> Void) -> Double {
        ContinuousClock().measure(body) / .seconds(1)
    }
}
