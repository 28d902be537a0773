import CMiniKernels
import MiniNN
import MiniTensor

/// The memory of a pass through the model, allocated once for a number of rows. A row is one token of
/// one sequence.
final class Workspace: @unchecked Sendable {
    let rows: Int
    /// Rows of logits there is room for.
    let logitRows: Int
    private let memory: Tensor

    // What to read: set before a pass.
    let tokens: UnsafeMutablePointer<Int32>
    let positions: UnsafeMutablePointer<Int32>
    /// The cache of each row's sequence.
    let caches: UnsafeMutablePointer<UnsafeMutablePointer<Float>>

    /// The residual stream and its norm, `[rows, width]`.
    let residual: UnsafeMutablePointer<Float>
    let normed: UnsafeMutablePointer<Float>
    /// What attention gives, `[rows, width]`.
    let attended: UnsafeMutablePointer<Float>
    /// Queries, keys and values, and then what is added to the stream, `[rows, productStride]`.
    let product: UnsafeMutablePointer<Float>
    let productStride: Int
    /// Inside the feed-forward layer, `[rows, hiddenStride]`.
    let hidden: UnsafeMutablePointer<Float>
    let hiddenStride: Int
    /// Attention weights of one query of each head, `[heads, scoreStride]`.
    let scores: UnsafeMutablePointer<Float>
    let scoreStride: Int
    /// `[logitRows, logitStride]`.
    let logits: UnsafeMutablePointer<Float>
    let logitStride: Int
    /// Mean and inverse deviation of each row's norm.
    let means: UnsafeMutablePointer<Float>
    let deviations: UnsafeMutablePointer<Float>
    let levels: mini_levels

    init(_ model: InferenceModel, rows: Int, logitRows: Int = 1) {
        let c = model.configuration
        let widest = max(c.width, model.hidden)
        self.rows = rows
        self.logitRows = logitRows
        productStride = PackedMatrix.padded(3 * c.width)
        hiddenStride = PackedMatrix.padded(model.hidden)
        scoreStride = PackedMatrix.padded(c.contextLength)
        logitStride = PackedMatrix.padded(c.vocabularySize)
        // Every part starts at a multiple of 16 floats: a cache line.
        var counts: [Int] = []
        func part(_ floats: Int) -> Int {
            counts.append(PackedMatrix.padded(floats))
            return counts.dropLast().reduce(0, +)
        }
        let places = [
            part(rows * c.width), part(rows * c.width), part(rows * c.width),
            part(rows * productStride), part(rows * hiddenStride), part(c.heads * scoreStride),
            part(logitRows * logitStride), part(rows), part(rows), part(rows), part(rows),
            part(2 * rows), part(rows * widest / 4 + 1), part(rows * widest / 32 + 1),
            part(rows * widest / 32 + 1),
        ]
        memory = Tensor(uninitializedShape: [counts.reduce(0, +)])
        let base = memory.pointer
        func raw(_ index: Int) -> UnsafeMutableRawPointer {
            UnsafeMutableRawPointer(base + places[index])
        }
        residual = base + places[0]
        normed = base + places[1]
        attended = base + places[2]
        product = base + places[3]
        hidden = base + places[4]
        scores = base + places[5]
        logits = base + places[6]
        means = base + places[7]
        deviations = base + places[8]
        tokens = raw(9).bindMemory(to: Int32.self, capacity: rows)
        positions = raw(10).bindMemory(to: Int32.self, capacity: rows)
        caches = raw(11).bindMemory(to: UnsafeMutablePointer<Float>.self, capacity: rows)
        levels = mini_levels(
            levels: raw(12).bindMemory(to: Int8.self, capacity: rows * widest),
            scales: base + places[13],
            sums: raw(14).bindMemory(to: Int32.self, capacity: rows * widest / 32 + 1))
    }
}
