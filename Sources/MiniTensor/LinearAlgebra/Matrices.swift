import CLAPACKE
import CMiniKernels

// Dense linear algebra by LAPACK, on matrices in the last two axes; the axes before them are a batch, whose
// matrices are worked on one after the other. OpenBLAS stays on the calling thread
// (`OpenBLAS.staySingleThreaded`), so results depend neither on the number of processors nor on what ran
// before.

/// The size of square matrices.
func squareSize(_ a: Tensor, _ operation: StaticString) -> Int {
    precondition(
        a.rank >= 2 && a.dim(-2) == a.dim(-1),
        "\(operation) needs a square matrix, but the shape is \(a.shape).")
    return a.dim(-1)
}

func requireFinite(_ matrices: Tensor...) throws(LinearAlgebraError) {
    for matrix in matrices where !matrix.isFinite { throw .notFinite }
}

extension Tensor {
    /// Whether no element is NaN or infinite.
    public var isFinite: Bool {
        withUnsafeScalars { scalars in
            guard let start = scalars.baseAddress else { return true }
            return kernels.all_finite(start, scalars.count) != 0
        }
    }

    /// The axes before the matrices.
    var batchShape: [Int] { Array(shape.dropLast(2)) }

    /// The number of matrices in the batch.
    var matrixCount: Int { batchShape.reduce(1, *) }

    /// The matrices with rows and columns of these numbers in the same batch, all zeros.
    func matrices(_ rows: Int, _ columns: Int) -> Tensor {
        Tensor.zeros(batchShape + [rows, columns])
    }
}

/// Two stacks of matrices with their batches broadcast against each other.
func sharingBatch(
    _ a: Tensor, _ b: Tensor, _ operation: StaticString
) -> (Tensor, Tensor) {
    guard let batch = Layout.broadcastShape(Extents(a.batchShape), Extents(b.batchShape)) else {
        preconditionFailure(
            "\(operation): the leading axes of \(a.shape) and \(b.shape) do not broadcast.")
    }
    return (
        a.expanded(to: Extents(batch + a.shape.suffix(2))),
        b.expanded(to: Extents(batch + b.shape.suffix(2)))
    )
}

/// What a derivative computes with matrices that a factorisation has already taken.
func unfailing(_ body: () throws(LinearAlgebraError) -> Tensor) -> Tensor {
    do throws(LinearAlgebraError) { return try body() } catch {
        preconditionFailure("The gradient of linear algebra: \(error)")
    }
}

/// The parts of a factorisation of `a`, all of its batch, on the tape with one derivative that takes the
/// gradients of all of them.
func recordedTogether(
    _ kind: OperationKind, _ parts: [Tensor], of a: Tensor,
    _ derivative: @escaping @Sendable (_ gradients: [Tensor]) -> Tensor
) -> [Tensor] {
    guard a.isRecorded else { return parts }
    let batch = a.rank - 2
    let shapes = parts.map(\.shape)
    let sizes = shapes.map { $0[batch...].reduce(1, *) }
    @Sendable func taken(_ joined: Tensor) -> [Tensor] {
        zip(joined.split(sizes: sizes, axis: -1), shapes).map { $0.reshaped($1) }
    }
    let flat = parts.map { $0.flattened(start: batch) }
    return taken(concatenated(flat, axis: -1).recorded(kind, a) { derivative(taken($0)) })
}
