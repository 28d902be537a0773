import Synchronization

/// A wish to stop, that any thread can utter and a training looks for after every step.
public final class StopSignal: Sendable {
    private let flag = Atomic(false)
    private let number = Atomic<Int32>(0)

    /// A signal that nobody has given yet.
    public init() {}

    /// Whether somebody wants to stop.
    public var isRaised: Bool { flag.load(ordering: .acquiring) }

    /// Asks to stop.
    public func raise() { flag.store(true, ordering: .releasing) }

    /// Asks to stop because the process was sent a signal of the system, such as `SIGINT`.
    public func raise(signal: Int32) {
        number.store(signal, ordering: .relaxed)
        raise()
    }

    /// The signal of the system that was the reason to stop, such as `SIGINT`; `nil` if there was
    /// none.
    public var signal: Int32? {
        let number = number.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }
}
