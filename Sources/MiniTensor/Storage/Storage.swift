/// The memory of one or several tensors: an aligned buffer from the pool, given back at the end.
///
/// It is written only before it is published (while the operation that makes it still holds the only
/// reference) or while it is uniquely referenced (copy on write). After that it is read only, which
/// is what makes `Sendable` true: any number of tasks may read it at once.
package final class Storage: Sendable {
    nonisolated(unsafe) let pointer: UnsafeMutablePointer<Float>
    let count: Int
    private let buffer: BufferPool.Buffer

    init(count: Int) {
        buffer = BufferPool.shared.take(count: count)
        pointer = buffer.pointer
        self.count = count
    }

    deinit {
        BufferPool.shared.give(buffer)
    }
}
