import CMiniKernels
import MiniNN
import MiniTensor

// One pass through the model: some tokens, each at a position of a sequence whose earlier tokens are
// in its cache. One token of one sequence, a whole prompt, or one token of each of many sequences all
// go the same way, and each result has the same bits in all of them.

extension InferenceModel {
    /// Reads the first `rows` tokens of a workspace: their keys and values go into their caches, and
    /// the residual stream is left in the workspace.
    ///
    /// Rows of one sequence come in order of their positions.
    func forward(rows: Int, in w: Workspace) {
        let width = configuration.width
        for row in 0..<rows {
            let x = w.residual + row * width
            embedding.copyRow(Int(w.tokens[row]), into: x)
            kernels.add(x, positions + Int(w.positions[row]) * width, x, width)
        }
        for (index, layer) in layers.enumerated() {
            normalize(layer.attentionNorm, rows, in: w, for: layer.queryKeyValue.matrix)
            multiply(
                layer.queryKeyValue, w.inputs(w.normed, width), rows, into: w.product,
                stride: w.productStride)
            attend(layer: index, rows, in: w)
            let attended = w.inputs(w.attended, width)
            quantize(attended, rows, for: layer.output.matrix)
            multiply(
                layer.output, attended, rows, into: w.product, stride: w.productStride,
                addingTo: w.residual)

            normalize(layer.feedForwardNorm, rows, in: w, for: layer.up.matrix)
            multiply(
                layer.up, w.inputs(w.normed, width), rows, into: w.hidden, stride: w.hiddenStride,
                activation: configuration.activation)
            let hidden = w.inputs(w.hidden, w.hiddenStride)
            quantize(hidden, rows, for: layer.down.matrix)
            multiply(
                layer.down, hidden, rows, into: w.product, stride: w.productStride,
                addingTo: w.residual)
        }
    }

    /// The logits after some rows of the last pass: `w.logits`, one row for each of `rows`.
    func logits(ofRows rows: Range<Int>, in w: Workspace) {
        let width = configuration.width
        normalize(
            finalNorm, rows.count, of: w.residual + rows.lowerBound * width, in: w, for: head)
        multiply(
            Projection(matrix: head, bias: nil), w.inputs(w.normed, width), rows.count,
            into: w.logits, stride: w.logitStride)
    }

    private func normalize(
        _ norm: Norm, _ rows: Int, of source: UnsafeMutablePointer<Float>? = nil, in w: Workspace,
        for matrix: PackedMatrix
    ) {
        var job = RowJob(
            rows: rows, width: configuration.width, eps: configuration.layerNormEps,
            source: source ?? w.residual, norm: norm,
            inputs: w.inputs(w.normed, configuration.width),
            means: w.means, deviations: w.deviations, quantizes: !matrix.format.isFloatingPoint)
        job.run()
    }

    private func quantize(_ inputs: PackedInputs, _ rows: Int, for matrix: PackedMatrix) {
        guard !matrix.format.isFloatingPoint else { return }
        var job = RowJob(
            rows: rows, width: matrix.columns, eps: 0, source: inputs.floats, norm: nil,
            inputs: inputs, means: nil, deviations: nil, quantizes: true)
        job.run()
    }

    private func multiply(
        _ projection: Projection, _ inputs: PackedInputs, _ rows: Int,
        into output: UnsafeMutablePointer<Float>, stride: Int, activation: Activation = .none,
        addingTo residual: UnsafeMutablePointer<Float>? = nil
    ) {
        var job = MatrixJob(
            matrix: projection.matrix, bias: projection.bias, inputs: inputs, rows: rows,
            output: output, stride: stride, activation: activation.kernel, residual: residual)
        job.run()
    }

    private func attend(layer: Int, _ rows: Int, in w: Workspace) {
        let shape = KeyValueCache.Shape(configuration)
        var job = AttentionJob(
            shape: shape, layer: layer, rows: rows, width: configuration.width,
            scale: 1 / Float(shape.headWidth).squareRoot(), queryKeyValue: w.product,
            stride: w.productStride, output: w.attended, caches: w.caches, positions: w.positions,
            scores: w.scores, scoreStride: w.scoreStride)
        job.run()
    }
}

extension Workspace {
    /// Rows of this workspace as the inputs of a product.
    fileprivate func inputs(_ floats: UnsafeMutablePointer<Float>, _ stride: Int) -> PackedInputs {
        PackedInputs(floats: floats, stride: stride, levels: levels)
    }
}

// The pieces of work that are shared among threads: structs of numbers and pointers, so that sharing
// them allocates nothing. How they are cut never shows in a result.

/// A linear layer and what follows it at once: bias, activation, residual.
private struct MatrixJob {
    let matrix: PackedMatrix
    let bias: UnsafePointer<Float>?
    let inputs: PackedInputs
    let rows: Int
    let output: UnsafeMutablePointer<Float>
    let stride: Int
    let activation: mini_unary?
    /// `[rows, matrix.rows]`: the result is added here.
    let residual: UnsafeMutablePointer<Float>?

    /// Panels that a kernel takes at once.
    private static let group = 4
    /// Bytes of weights that are worth handing to another thread.
    private static let grain = 24 << 10

    private var groups: Int { (matrix.panels + Self.group - 1) / Self.group }

    private var pieces: Int {
        // More rows, more work for every byte.
        let work = matrix.bytes * (rows + 3) / 4
        return Swift.max(1, Swift.min(groups, 16, work / Self.grain))
    }

    mutating func run() {
        let pieces = pieces
        withUnsafeMutablePointer(to: &self) { job in
            runPieces(pieces, on: UnsafeMutableRawPointer(job)) { job, piece in
                job?.assumingMemoryBound(to: MatrixJob.self).pointee.run(piece)
            }
        }
    }

    private func run(_ piece: Int) {
        let (count, pieces) = (groups, pieces)
        let start = count * piece / pieces * Self.group
        let end = Swift.min(matrix.panels, count * (piece + 1) / pieces * Self.group)
        matrix.multiply(panels: start..<end, inputs, count: rows, into: output, stride: stride)
        let first = start * PackedMatrix.panel
        let width = Swift.min(matrix.rows, end * PackedMatrix.panel) - first
        for row in 0..<rows {
            let y = output + row * stride + first
            if let bias { kernels.add(y, bias + first, y, width) }
            activation?(y, y, width)
            if let residual {
                let x = residual + row * matrix.rows + first
                kernels.add(x, y, x, width)
            }
        }
    }
}

/// A norm, rounding to levels, or both, row by row.
private struct RowJob {
    let rows: Int
    let width: Int
    let eps: Float
    let source: UnsafeMutablePointer<Float>
    let norm: InferenceModel.Norm?
    let inputs: PackedInputs
    let means: UnsafeMutablePointer<Float>?
    let deviations: UnsafeMutablePointer<Float>?
    let quantizes: Bool

    /// Rows of a piece.
    private static let grain = 4

    mutating func run() {
        let pieces = (rows + Self.grain - 1) / Self.grain
        withUnsafeMutablePointer(to: &self) { job in
            runPieces(pieces, on: UnsafeMutableRawPointer(job)) { job, piece in
                job?.assumingMemoryBound(to: RowJob.self).pointee.run(piece)
            }
        }
    }

    private func run(_ piece: Int) {
        let first = piece * Self.grain
        for row in first..<Swift.min(rows, first + Self.grain) {
            let y = inputs.floats + row * inputs.stride
            if let norm, let means, let deviations {
                kernels.layer_norm(
                    source + row * width, norm.weight, norm.bias, eps, y, means + row,
                    deviations + row, 1, width)
            }
            guard quantizes else { continue }
            let blocks = width / 32
            weightKernels.quantize(
                y, width, inputs.levels.levels + row * width, inputs.levels.scales + row * blocks,
                inputs.levels.sums + row * blocks)
        }
    }
}

/// Attention of all rows, head by head: keys and values are remembered first.
private struct AttentionJob {
    let shape: KeyValueCache.Shape
    let layer: Int
    let rows: Int
    let width: Int
    let scale: Float
    let queryKeyValue: UnsafeMutablePointer<Float>
    let stride: Int
    let output: UnsafeMutablePointer<Float>
    let caches: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
    let positions: UnsafeMutablePointer<Int32>
    let scores: UnsafeMutablePointer<Float>
    let scoreStride: Int

    mutating func run() {
        let heads = shape.heads
        withUnsafeMutablePointer(to: &self) { job in
            runPieces(heads, on: UnsafeMutableRawPointer(job)) { job, head in
                job?.assumingMemoryBound(to: AttentionJob.self).pointee.run(head)
            }
        }
    }

    private func run(_ head: Int) {
        let start = head * shape.headWidth
        for row in 0..<rows {
            let x = queryKeyValue + row * stride + start
            shape.store(
                key: x + width, value: x + 2 * width, layer: layer, head: head,
                position: Int(positions[row]), in: caches[row])
        }
        for row in 0..<rows {
            let cache = caches[row]
            weightKernels.attend(
                queryKeyValue + row * stride + start,
                cache + shape.keys(layer: layer, head: head),
                cache + shape.values(layer: layer, head: head), shape.headWidth,
                Int(positions[row]) + 1, shape.headWidth, scale, scores + head * scoreStride,
                output + row * width + start)
        }
    }
}
