import MiniNN
import MiniSupport
import MiniTensor
import Synchronization

extension ReadableFile {
    /// How much one thread reads at a time.
    private static let pieceBytes = 4 << 20
    /// How much is held to be converted: it should stay in the cache.
    private static let scratchBytes = 1 << 16

    /// Reads a tensor straight into its own memory, on several threads.
    ///
    /// - Parameters:
    ///   - offset: where its first byte is.
    ///   - shape: as stored, row-major.
    /// - Precondition: the shape's bytes lie in the file; the caller has checked them against it.
    func tensor(
        at offset: Int, _ numbers: ReadableNumbers, shape: [Int]
    ) throws(FileFailure) -> Tensor {
        let result = Tensor(uninitializedShape: shape)
        let blocks = result.count / numbers.numbersPerBlock
        let piece = Swift.max(1, Self.pieceBytes / numbers.bytesPerBlock)
        try inPieces(blocks, of: piece) { (range) throws(FileFailure) in
            try self.read(
                blocks: range, numbers, from: offset,
                into: result.pointer + range.lowerBound * numbers.numbersPerBlock)
        }
        return result
    }

    /// Reads a matrix stored as `[rows, columns]` as its transpose, `[columns, rows]`, row-major.
    func transposedTensor(
        at offset: Int, _ numbers: ReadableNumbers, rows: Int, columns: Int
    ) throws(FileFailure) -> Tensor {
        let result = Tensor(uninitializedShape: [columns, rows])
        guard result.count > 0 else { return result }
        guard columns % numbers.numbersPerBlock == 0 else {
            return try tensor(at: offset, numbers, shape: [rows, columns]).T.contiguous()
        }
        // A strip of rows that stays in the second-level cache between being read and being turned;
        // a multiple of 16 rows, so that whole cache lines are written.
        let strip = Swift.max(16, ((256 << 10) / (4 * columns)) & ~15)
        try inPieces(rows, of: strip) { (range) throws(FileFailure) in
            let scratch = Tensor(uninitializedShape: [range.count, columns])
            let blocksPerRow = columns / numbers.numbersPerBlock
            try self.read(
                blocks: range.lowerBound * blocksPerRow..<range.upperBound * blocksPerRow,
                numbers, from: offset, into: scratch.pointer)
            transpose(
                scratch.pointer, stride: columns, rows: range.count, columns: columns,
                into: result.pointer + range.lowerBound, stride: rows)
        }
        return result
    }

    /// Reads a tensor whose neighbours on each axis are `strides` numbers apart.
    ///
    /// - Precondition: the type has no blocks; all numbers that the strides lead to lie in the file.
    func stridedTensor(
        at offset: Int, _ numbers: ReadableNumbers, shape: [Int], strides: [Int]
    ) throws(FileFailure) -> Tensor {
        let result = Tensor(uninitializedShape: shape)
        guard result.count > 0 else { return result }
        let reach = zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
        let span = try tensor(at: offset, numbers, shape: [reach + 1])
        var place = [Int](repeating: 0, count: shape.count)
        for index in 0..<result.count {
            result.pointer[index] =
                span.pointer[zip(place, strides).reduce(0) { $0 + $1.0 * $1.1 }]
            var axis = shape.count - 1
            while axis >= 0 {
                place[axis] += 1
                if place[axis] < shape[axis] { break }
                place[axis] = 0
                axis -= 1
            }
        }
        return result
    }

    private func read(
        blocks: Range<Int>, _ numbers: ReadableNumbers, from offset: Int,
        into target: UnsafeMutablePointer<Float>
    ) throws(FileFailure) {
        let start = offset + blocks.lowerBound * numbers.bytesPerBlock
        if numbers == .format(.float32) {
            let buffer = UnsafeMutableRawBufferPointer(start: target, count: 4 * blocks.count)
            return try read(into: buffer, at: start)
        }
        let scratch = Tensor(uninitializedShape: [Self.scratchBytes / 4])
        let step = Self.scratchBytes / numbers.bytesPerBlock
        var done = 0
        while done < blocks.count {
            let count = Swift.min(step, blocks.count - done)
            let buffer = UnsafeMutableRawBufferPointer(
                start: scratch.pointer, count: count * numbers.bytesPerBlock)
            try read(into: buffer, at: start + done * numbers.bytesPerBlock)
            numbers.decode(
                UnsafeRawPointer(scratch.pointer), count: count * numbers.numbersPerBlock,
                into: target + done * numbers.numbersPerBlock)
            done += count
        }
        withExtendedLifetime(scratch) {}
    }
}

/// Calls `body` with consecutive ranges of at most `size` that cover `0..<count`, on several threads;
/// throws what one of them threw.
private func inPieces(
    _ count: Int, of size: Int, _ body: (Range<Int>) throws(FileFailure) -> Void
) throws(FileFailure) {
    let pieces = (count + size - 1) / size
    let failure = Mutex<FileFailure?>(nil)
    forEachChunk(of: pieces, grain: 1) { chunk in
        for piece in chunk {
            do throws(FileFailure) {
                try body(piece * size..<Swift.min(count, (piece + 1) * size))
            } catch {
                failure.withLock { $0 = error }
                return
            }
        }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
}
