/// Calls `body` with consecutive ranges that cover `0..<count`, on several threads if there is
/// enough to do: more than `grain` elements, those of a pass over numbers unless given. The ranges depend
/// on `count` and `grain` alone.
package func forEachChunk(of count: Int, grain: Int? = nil, _ body: (Range<Int>) -> Void) {
    let passes = Tuning.current.passes
    let grain = grain ?? passes.elements
    guard count > grain else {
        if count > 0 { body(0..<count) }
        return
    }
    let chunks = Swift.min((count + grain - 1) / grain, passes.mostChunks)
    WorkerPool.shared.run(chunks) { chunk in
        body(chunkRange(chunk, of: chunks, count: count))
    }
}

/// `body` of each number in `0..<count`, on several threads, each with the settings of the caller. What
/// they share out themselves each does alone.
package func mapInParallel<Result: Sendable>(
    _ count: Int, _ body: (Int) -> Result
) -> [Result] {
    let settings = ComputeSettings.current
    let results = Locked([Result?](repeating: nil, count: count))
    WorkerPool.shared.run(count) { number in
        let result = settings.apply { body(number) }
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
