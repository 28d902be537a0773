import Foundation
import MiniTensor

/// Starts a thread of its own, with the stack of a main thread: for work that must keep neither
/// Swift's shared threads nor those of the network. It computes with the settings of the caller.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let settings = ComputeSettings.current
    let thread = Thread { settings.apply(body) }
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
