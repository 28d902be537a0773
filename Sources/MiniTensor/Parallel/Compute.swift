import CMiniKernels
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

    /// The instruction set of the kernels in use: "portable", "avx2", "avx512" or "neon"; "amx" for the
    /// vectors of "avx512" and products on matrix units.
    public static var kernelName: String { String(cString: matrixUnits?.name ?? kernels.name) }
}

/// The vector kernels for this processor.
package let kernels: mini_kernels = mini_kernels_best().pointee

/// The matrix units of this processor, if it has some.
package let matrixUnits: mini_matrix_units? = mini_matrix_units_best()?.pointee

/// Parameters of a model from which on a pass over all of them is worth waking other threads for.
package let smallestSharedPass = 1 << 17

/// Calls `body` with consecutive ranges that cover `0..<count`, on several threads if there is
/// enough to do: more than `grain` elements. The ranges depend on `count` and `grain` alone.
package func forEachChunk(
    of count: Int, grain: Int = 1 << 15, _ body: (Range<Int>) -> Void
) {
    guard count > grain else {
        if count > 0 { body(0..<count) }
        return
    }
    let chunks = Swift.min((count + grain - 1) / grain, 256)
    WorkerPool.shared.run(chunks) { chunk in
        body(chunkRange(chunk, of: chunks, count: count))
    }
}

/// `body` of each number in `0..<count`, on several threads. What they share out themselves each does
/// alone.
package func mapInParallel<Result: Sendable>(
    _ count: Int, _ body: (Int) -> Result
) -> [Result] {
    let results = Locked([Result?](repeating: nil, count: count))
    WorkerPool.shared.run(count) { number in
        let result = body(number)
        results.withLock { $0[number] = result }
    }
    return results.withLock { $0.compactMap { $0 } }
}

/// The `chunk`-th of `chunks` nearly equal ranges over `0..<count`, cut at multiples of 16 where
/// that is possible, so that no two threads write to one cache line.
package func chunkRange(_ chunk: Int, of chunks: Int, count: Int) -> Range<Int> {
    func bound(_ chunk: Int) -> Int {
        if chunk == chunks { return count }
        let cut = count / chunks * chunk + count % chunks * chunk / chunks
        return count >= 64 * chunks ? cut & ~15 : cut
    }
    return bound(chunk)..<bound(chunk + 1)
}
