import Synchronization

/// What the layer of HTTP knows of a running server.
struct HTTPState: Sendable {
    let port = ListeningPort()
    let connections = ConnectionTable()
    let responses = ResponseCounter()
}

/// The port of a running server, known only once it listens.
final class ListeningPort: Sendable {
    private let number = Atomic(0)
    /// The port; 0 as long as there is none.
    var value: Int { number.load(ordering: .relaxed) }
    func set(_ port: Int) { number.store(port, ordering: .relaxed) }
}

/// How many responses were sent, by their status.
final class ResponseCounter: Sendable {
    private let counts = Mutex<[Int: Int]>([:])

    var current: [Int: Int] { counts.withLock { $0 } }
    func add(status: Int) { counts.withLock { $0[status, default: 0] += 1 } }
}
