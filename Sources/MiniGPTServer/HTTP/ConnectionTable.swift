import NIOCore
import Synchronization

/// The open connections, and what to do when one closes.
final class ConnectionTable: Sendable {
    private let watches = Mutex<[ObjectIdentifier: CloseWatch]>([:])

    func add(_ channel: any Channel) {
        watches.withLock { $0[ObjectIdentifier(channel)] = CloseWatch() }
    }

    func remove(_ channel: any Channel) {
        watches.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }?.close()
    }

    /// The watch over a connection; one that is closed already says so.
    func watch(_ channel: any Channel) -> CloseWatch {
        watches.withLock { $0[ObjectIdentifier(channel)] } ?? CloseWatch(isClosed: true)
    }

    /// How many there are.
    var count: Int { watches.withLock { $0.count } }
}

/// Says when a connection has closed.
final class CloseWatch: Sendable {
    private struct State {
        var isClosed: Bool
        var action: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(isClosed: Bool = false) { state = Mutex(State(isClosed: isClosed)) }

    /// Does something as soon as the connection is closed, at once if it is; replaces what was to be
    /// done before.
    func onClose(_ action: (@Sendable () -> Void)?) {
        let isClosed = state.withLock {
            $0.action = action
            return $0.isClosed
        }
        if isClosed { action?() }
    }

    fileprivate func close() {
        let action = state.withLock { state in
            defer { state.action = nil }
            state.isClosed = true
            return state.action
        }
        action?()
    }
}
