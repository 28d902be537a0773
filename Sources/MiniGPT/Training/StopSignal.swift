import Foundation
import Synchronization

/// A wish to stop, that any thread can utter and a training looks for after every step.
public final class StopSignal: Sendable {
    private let flag = Atomic(false)
    private let number = Atomic<Int32>(0)
    /// Keeps the signal handlers alive; written by `onInterrupt()` before anybody else has the signal.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    /// A signal that nobody has given yet.
    public init() {}

    /// Whether somebody wants to stop.
    public var isRaised: Bool { flag.load(ordering: .acquiring) }

    /// Asks to stop.
    public func raise() { flag.store(true, ordering: .releasing) }

    /// What a program that was stopped should exit with, as shells expect: 130 after Ctrl-C, 143 after
    /// SIGTERM (128 and the number of the signal); `nil` unless one of them came.
    public var exitCode: Int32? {
        let number = number.load(ordering: .relaxed)
        return number == 0 ? nil : 128 + number
    }

    /// Asks to stop at Ctrl-C or SIGTERM instead of ending the process. A second one ends it at once.
    public static func onInterrupt() -> StopSignal {
        let stop = StopSignal()
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if stop.isRaised { exit(128 + number) }
                stop.number.store(number, ordering: .relaxed)
                stop.raise()
            }
            source.resume()
            stop.sources.append(source)
        }
        return stop
    }
}
