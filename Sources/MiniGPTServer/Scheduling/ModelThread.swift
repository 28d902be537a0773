import Foundation

/// Starts a thread of its own, with the stack of a main thread: for work that must keep neither
/// Swift's shared threads nor those of the network.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    thread.stackSize = 8 << 20
    thread.start()
}

/// Runs something long on a thread of its own.
func onThread<Result: Sendable>(
    _ name: String, _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        startThread(name) { continuation.resume(with: Swift.Result(catching: body)) }
    }
}
