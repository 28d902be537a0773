import MiniSupport
import MiniTensor

/// Starts a thread that computes with the settings of the caller, for work that must keep neither
/// Swift's shared threads nor those of the network.
func startComputeThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let settings = ComputeSettings.current
    startThread(named: name) { settings.apply(body) }
}

/// Runs something long on a thread of its own.
func onThread<Result: Sendable>(
    _ name: String, _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        startComputeThread(name) { continuation.resume(with: Swift.Result(catching: body)) }
    }
}
