import CMiniKernels
import MiniNN
import MiniTensor

/// A matrix `[rows, columns]` packed for products with vectors: 16 rows side by side, so that the
/// kernels read it from front to back (see `mini_weights.h`).
///
/// Only a description: the memory belongs to the tensor it was packed into.
struct PackedMatrix: @unchecked Sendable {
    let format: NumberFormat
    let rows: Int
    let columns: Int
    let base: UnsafeMutableRawPointer

    /// The rows of a panel.
    static let panel = Int(MINI_PANEL)

    /// A number of rows rounded up to whole panels.
    static func padded(_ rows: Int) -> Int { (rows + panel - 1) / panel * panel }

    var panels: Int { (rows + Self.panel - 1) / Self.panel }
    var panelBytes: Int { format.panelBytes(columns: columns) }
    var bytes: Int { panels * panelBytes }

    /// Packs a matrix given row by row.
    ///
    /// - Parameter writeRow: writes the bytes of one row as they are in a file; called on several
    ///   threads.
    /// - Returns: the matrix, and the tensor whose memory it lies in.
    static func pack(
        rows: Int, columns: Int, format: NumberFormat,
        writeRow: (Int, UnsafeMutableRawPointer) -> Void
    ) -> (matrix: PackedMatrix, memory: Tensor) {
        let panels = padded(rows) / panel
        let memory = Tensor(
            uninitializedShape: [panels * format.panelBytes(columns: columns) / 4])
        let matrix = PackedMatrix(
            format: format, rows: rows, columns: columns,
            base: UnsafeMutableRawPointer(memory.pointer))
        let rowBytes = format.bytes(for: columns) ?? 0
        forEachChunk(of: panels, grain: Swift.max(1, (1 << 16) / (columns * panel))) { range in
            withUnsafeTemporaryAllocation(byteCount: panel * rowBytes, alignment: 64) { buffer in
                guard let source = buffer.baseAddress else { return }
                for index in range {
                    source.initializeMemory(as: UInt8.self, repeating: 0, count: buffer.count)
                    for row in 0..<panel where index * panel + row < rows {
                        writeRow(index * panel + row, source + row * rowBytes)
                    }
                    matrix.interleave(source, rowBytes: rowBytes, into: index)
                }
            }
        }
        return (matrix, memory)
    }

    /// Packs the numbers of a tensor `[rows, columns]`.
    static func pack(
        _ tensor: Tensor, format: NumberFormat
    ) -> (matrix: PackedMatrix, memory: Tensor) {
        let (rows, columns) = tensor.shape2
        let source = tensor.contiguous()
        let format = format.fitting(columns: columns)
        defer { withExtendedLifetime(source) {} }
        return pack(rows: rows, columns: columns, format: format) { row, target in
            format.encode(source.pointer + row * columns, count: columns, into: target)
        }
    }

    /// Puts 16 rows side by side.
    private func interleave(_ source: UnsafeRawPointer, rowBytes: Int, into index: Int) {
        let target = base + index * panelBytes
        let panel = Self.panel
        switch format {
        case .float32:
            transpose(
                source.assumingMemoryBound(to: Float.self), stride: columns, rows: panel,
                columns: columns, into: target.assumingMemoryBound(to: Float.self), stride: panel)
        case .float16, .bfloat16:
            let numbers = source.assumingMemoryBound(to: UInt16.self)
            let packed = target.assumingMemoryBound(to: UInt16.self)
            // Two neighbours of a row stay together in bfloat16.
            let run = format == .bfloat16 ? 2 : 1
            for column in 0..<columns + columns % run {
                let place = column / run * run * panel + column % run
                for row in 0..<panel {
                    packed[place + row * run] =
                        column < columns ? numbers[row * columns + column] : 0
                }
            }
        case .q8, .q4:
            let bytesPerBlock = format.bytesPerBlock
            for block in 0..<columns / 32 {
                let place = target + block * panel * bytesPerBlock
                for row in 0..<panel {
                    let start = source + row * rowBytes + block * bytesPerBlock
                    place.storeBytes(
                        of: start.loadUnaligned(as: UInt16.self), toByteOffset: 2 * row,
                        as: UInt16.self)
                    for group in 0..<(bytesPerBlock - 2) / 4 {
                        let four = start.loadUnaligned(
                            fromByteOffset: 2 + 4 * group, as: UInt32.self)
                        place.storeBytes(
                            of: format == .q8 ? Self.clamped(four) : four,
                            toByteOffset: 2 * panel + (group * panel + row) * 4, as: UInt32.self)
                    }
                }
            }
        }
    }

    /// Four signed bytes without −128, which no level of Q8_0 is and whose negative is no byte.
    private static func clamped(_ four: UInt32) -> UInt32 {
        var result = four
        for shift in [0, 8, 16, 24] as [UInt32] where four >> shift & 0xFF == 0x80 {
            result |= 1 << shift
        }
        return result
    }

    /// Writes one row as singles: what an embedding does.
    func copyRow(_ row: Int, into target: UnsafeMutablePointer<Float>) {
        let panel = Self.panel
        let start = base + row / panel * panelBytes
        let lane = row % panel
        switch format {
        case .float32:
            let numbers = start.assumingMemoryBound(to: Float.self) + lane
            for column in 0..<columns { target[column] = numbers[column * panel] }
        case .float16:
            let numbers = start.assumingMemoryBound(to: UInt16.self) + lane
            for column in 0..<columns {
                target[column] = HalfPrecision.single(numbers[column * panel])
            }
        case .bfloat16:
            let numbers = start.assumingMemoryBound(to: UInt16.self) + 2 * lane
            for column in 0..<columns {
                let bits = numbers[column / 2 * 2 * panel + column % 2]
                target[column] = Float(bitPattern: UInt32(bits) << 16)
            }
        case .q8, .q4:
            let bytesPerBlock = format.bytesPerBlock
            withUnsafeTemporaryAllocation(byteCount: bytesPerBlock, alignment: 4) { buffer in
                guard let bytes = buffer.baseAddress else { return }
                for block in 0..<columns / 32 {
                    let place = start + block * panel * bytesPerBlock
                    bytes.storeBytes(
                        of: place.load(fromByteOffset: 2 * lane, as: UInt16.self), as: UInt16.self)
                    for group in 0..<(bytesPerBlock - 2) / 4 {
                        let four = place.load(
                            fromByteOffset: 2 * panel + (group * panel + lane) * 4, as: UInt32.self)
                        bytes.storeBytes(
                            of: four, toByteOffset: 2 + 4 * group, as: UInt32.self)
                    }
                    format.decode(bytes, count: 32, into: target + 32 * block)
                }
            }
        }
    }

    /// y[r] = W·x[r] for some of the panels; `y` is where the first of *all* results of a row goes.
    func multiply(
        panels range: Range<Int>, _ x: PackedInputs, count: Int,
        into y: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let start = UnsafeRawPointer(base + range.lowerBound * panelBytes)
        let target = y + range.lowerBound * Self.panel
        switch format {
        case .float32:
            weightKernels.multiply_f32(
                start, range.count, columns, x.floats, x.stride, count, target, stride)
        case .float16:
            weightKernels.multiply_f16(
                start, range.count, columns, x.floats, x.stride, count, target, stride)
        case .bfloat16:
            weightKernels.multiply_bf16(
                start, range.count, columns, x.floats, x.stride, count, target, stride)
        case .q8:
            withUnsafePointer(to: x.levels) {
                weightKernels.multiply_q8_0(start, range.count, columns, $0, count, target, stride)
            }
        case .q4:
            withUnsafePointer(to: x.levels) {
                weightKernels.multiply_q4_0(start, range.count, columns, $0, count, target, stride)
            }
        }
    }
}

/// Rows of inputs, as singles and, for formats that take them so, as levels.
struct PackedInputs {
    let floats: UnsafeMutablePointer<Float>
    let stride: Int
    let levels: mini_levels
}
