import Foundation
import MiniGPT
import Synchronization

extension StopSignal {
    /// Asks to stop at Ctrl-C or SIGTERM instead of ending the process. A second one ends it at once,
    /// and so does one that comes when all such signals are gone.
    ///
    /// This is for programs: it takes the process's handlers of both signals, and may end it.
    public static func onInterrupt() -> StopSignal {
        let stop = StopSignal()
        Interrupts.ofProcess.add(stop)
        return stop
    }

    /// What a program that was stopped should exit with, as shells expect: 130 after Ctrl-C, 143 after
    /// SIGTERM (128 and the number of the signal); `nil` unless one of them came.
    public var exitCode: Int32? { signal.map { 128 + $0 } }
}

/// Takes Ctrl-C and SIGTERM for the whole process, since a process has one handler for each.
private final class Interrupts: Sendable {
    static let ofProcess = Interrupts()

    private struct Listener: Sendable {
        weak var stop: StopSignal?
    }

    private let listeners = Mutex<[Listener]>([])
    /// Keeps the handlers alive; written once, before anybody else has the object.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    private init() {
        for number in [SIGINT, SIGTERM] {
            #if canImport(Darwin)
                // There a source listens beside the usual handler; on Linux it takes its place.
                signal(number, SIG_IGN)
            #endif
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [unowned self] in interrupt(number) }
            source.resume()
            sources.append(source)
        }
    }

    func add(_ stop: StopSignal) {
        listeners.withLock { listeners in
            listeners.removeAll { $0.stop == nil }
            listeners.append(Listener(stop: stop))
        }
    }

    private func interrupt(_ number: Int32) {
        let stops = listeners.withLock { $0.compactMap(\.stop) }
        guard !stops.isEmpty, !stops.contains(where: \.isRaised) else { exit(128 + number) }
        for stop in stops { stop.raise(signal: number) }
    }
}
