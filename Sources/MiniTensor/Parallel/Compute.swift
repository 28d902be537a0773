import Foundation

/// How the library uses the processor.
public enum Compute {
    /// How many threads operations may use; all processors unless said otherwise. A number below 1 counts
    /// as 1, and one above `defaultThreads` as that.
    ///
    ///     Compute.$threads.withValue(1) { train(&model) }
    ///
    /// The number changes how fast a result comes, never the result: work is divided by its shape.
    @TaskLocal public static var threads = Compute.defaultThreads

    /// The environment variable `MINIGPT_THREADS`, or else the number of processors.
    public static let defaultThreads: Int = {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        guard let text = ProcessInfo.processInfo.environment["MINIGPT_THREADS"],
            let count = Int(text), count >= 1
        else { return processors }
        return Swift.min(count, processors)
    }()

    /// Who multiplies matrices; `defaultProducts` unless said otherwise.
    ///
    ///     Compute.$products.withValue(.blas) { train(&model) }
    @TaskLocal public static var products = Compute.defaultProducts

    /// The environment variable `MINIGPT_PRODUCTS`: `automatic`, `own` or `blas`; `automatic` unless it is
    /// set.
    ///
    /// - Precondition: the variable has one of these values. `ProductEngine.init(environment:)` throws
    ///   instead.
    public static let defaultProducts: ProductEngine = {
        do throws(EnvironmentError) {
            return try ProductEngine(environment: ProcessInfo.processInfo.environment)
        } catch {
            preconditionFailure(error.description)
        }
    }()

    /// The threads that operations use: `threads`, but at least the one that calls.
    package static var usableThreads: Int { Swift.max(1, threads) }
}

/// The settings of a task, to be taken to another thread, which does not see them by itself.
package struct ComputeSettings: Sendable {
    private let threads = Compute.threads
    private let products = Compute.products
    private let tuning = Tuning.current

    /// The settings of the task that asks.
    package static var current: ComputeSettings { ComputeSettings() }

    /// Calls `body` with these settings.
    package func apply<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Compute.$threads.withValue(threads) {
            try Compute.$products.withValue(products) {
                try Tuning.$current.withValue(tuning, operation: body)
            }
        }
    }
}
