import MiniNN
import MiniSupport
import MiniTensor

extension AtomicFile {
    /// How much is turned or converted before it is written: it should stay in the cache.
    private static let pieceCount = 1 << 20

    /// Appends the numbers of a tensor, row-major.
    ///
    /// Singles that lie so already go to the system as they are. A transposed matrix (the weights of
    /// Hugging Face's layout are such) is turned piece by piece, on several threads, instead of being
    /// copied as a whole first.
    ///
    /// - Precondition: the tensor fills whole blocks of the format.
    func write(_ tensor: Tensor, format: NumberFormat) throws(FileFailure) {
        guard tensor.count > 0 else { return }
        guard let columns = Self.columnsIfTransposed(tensor), columns % format.numbersPerBlock == 0
        else {
            return try writeInOrder(tensor.contiguous(), format: format)
        }
        let rows = tensor.dim(0)
        let step = Swift.max(16, Self.pieceCount / columns)
        let scratch = Tensor(uninitializedShape: [Swift.min(step, rows), columns])
        for start in stride(from: 0, to: rows, by: step) {
            let count = Swift.min(step, rows - start)
            // Row r of the result is column r of what is in memory.
            let source = UnsafePointer(tensor.pointer + start)
            forEachChunk(of: count, grain: Swift.max(1, (1 << 16) / columns)) { range in
                transpose(
                    source + range.lowerBound, stride: tensor.strides[1], rows: columns,
                    columns: range.count, into: scratch.pointer + range.lowerBound * columns,
                    stride: columns)
            }
            try write(scratch.pointer, count: count * columns, format: format)
        }
        withExtendedLifetime((tensor, scratch)) {}
    }

    /// The length of the rows of a matrix that lies column by column.
    private static func columnsIfTransposed(_ tensor: Tensor) -> Int? {
        guard tensor.rank == 2, !tensor.isContiguous, tensor.strides[0] == 1,
            tensor.strides[1] >= tensor.dim(0)
        else { return nil }
        return tensor.dim(1)
    }

    private func writeInOrder(
        _ tensor: Tensor, format: NumberFormat
    ) throws(FileFailure) {
        for start in stride(from: 0, to: tensor.count, by: Self.pieceCount) {
            let count = Swift.min(Self.pieceCount, tensor.count - start)
            try write(tensor.pointer + start, count: count, format: format)
        }
        withExtendedLifetime(tensor) {}
    }

    /// Appends numbers that lie side by side.
    private func write(
        _ numbers: UnsafePointer<Float>, count: Int, format: NumberFormat
    ) throws(FileFailure) {
        guard let size = format.bytes(for: count) else {
            preconditionFailure("\(count) numbers do not fill whole blocks of \(format).")
        }
        if case .float32 = format {
            return try write(UnsafeRawBufferPointer(start: numbers, count: size))
        }
        let scratch = Tensor(uninitializedShape: [(size + 3) / 4])
        let bytes = UnsafeMutableRawPointer(scratch.pointer)
        forEachChunk(of: count / format.numbersPerBlock, grain: (1 << 16) / format.numbersPerBlock)
        { range in
            format.encode(
                numbers + range.lowerBound * format.numbersPerBlock,
                count: range.count * format.numbersPerBlock,
                into: bytes + range.lowerBound * format.bytesPerBlock)
        }
        try write(UnsafeRawBufferPointer(start: bytes, count: size))
        withExtendedLifetime(scratch) {}
    }
}
