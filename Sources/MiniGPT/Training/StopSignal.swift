import Foundation
import Synchronization

/// A wish to stop, that any thread can utter and a training looks for after every step.
public final class StopSignal: Sendable {
    private let flag = Atomic(false)
    /// Keeps the signal handlers alive; written by `onInterrupt()` before anybody else has the signal.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    /// A signal that nobody has given yet.
    public init() {}

    /// Whether somebody wants to stop.
    public var isRaised: Bool { flag.load(ordering: .relaxed) }

    /// Asks to stop.
    public func raise() { flag.store(true, ordering: .relaxed) }

    /// Asks to stop at Ctrl-C or SIGTERM instead of ending the process. A second one ends it at once.
    public static func onInterrupt() -> StopSignal {
        let stop = StopSignal()
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if stop.isRaised { exit(128 + number) }
                stop.raise()
            }
            source.resume()
            stop.sources.append(source)
        }
        return stop
    }
}
