import Dispatch
import Foundation
import MiniGPT
import Synchronization

/// Ctrl-C in a chat: stops the answer that is being made; at any other time, or a second time, the
/// program.
final class Interruption: Sendable {
    private let answer = Mutex<StopSignal?>(nil)
    /// Keeps the handlers alive; written once, before anybody else has the object.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    init() {
        for number in [SIGINT, SIGTERM] {
            #if canImport(Darwin)
                signal(number, SIG_IGN)
            #endif
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                if number == SIGINT, stopAnswer() { return }
                // What was said is in its file already.
                Foundation.exit(128 + number)
            }
            source.resume()
            sources.append(source)
        }
    }

    /// Raises the signal of the answer, if there is one that does not know yet.
    private func stopAnswer() -> Bool {
        answer.withLock { signal in
            guard let signal, !signal.isRaised else { return false }
            signal.raise()
            return true
        }
    }

    /// Runs something that Ctrl-C stops and does not end.
    func during<Result, Mistake: Error>(
        _ body: (StopSignal) throws(Mistake) -> Result
    ) throws(Mistake) -> Result {
        let signal = StopSignal()
        answer.withLock { $0 = signal }
        defer { answer.withLock { $0 = nil } }
        return try body(signal)
    }
}
