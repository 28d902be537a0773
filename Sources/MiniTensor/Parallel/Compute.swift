import Foundation

/// How the library uses the processor.
public enum Compute {
    /// How many threads operations may use; all processors unless said otherwise.
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
}

/// Parameters of a model from which on a pass over all of them is worth waking other threads for.
package let smallestSharedPass = 1 << 17
