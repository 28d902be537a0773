/// The memory of one or several tensors: an aligned buffer from the pool, given back at the end.
///
/// It is written only before it is published (while the operation that makes it still holds the only
/// reference) or while it is uniquely referenced (copy on write). After that it is read only, which
/// is what makes `Sendable` true: any number of tasks may read it at once.
package final class Storage: Sendable {
    nonisolated(unsafe) let pointer: UnsafeMutablePointer<Float>
    let count: Int
    private let buffer: BufferPool.Buffer

    /// - Parameter stays: whether other tensors will come and go while this one is there.
    init(count: Int, stays: Bool = false) {
        buffer = BufferPool.shared.take(count: count, stays: stays)
        pointer = buffer.pointer
        self.count = count
    }

    deinit {
        BufferPool.shared.give(buffer)
    }
}
