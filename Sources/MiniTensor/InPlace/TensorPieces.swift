/// Many tensors cut into pieces of a fixed size, for one pass over all of them: a model of many small
/// parameters wakes the other threads once, not for each, and a sum over pieces does not depend on how many
/// threads there are.
struct TensorPieces {
    private var pieces: [(tensor: Int, range: Range<Int>)] = []
    private let isShared: Bool

    /// Pieces of tensors of so many numbers.
    init(counts: [Int]) {
        let passes = Tuning.current.passes
        isShared = counts.reduce(0, +) >= passes.smallestSharedUpdate
        for (tensor, count) in counts.enumerated() {
            for start in stride(from: 0, to: count, by: passes.updatedElements) {
                pieces.append((tensor, start..<min(start + passes.updatedElements, count)))
            }
        }
    }

    var count: Int { pieces.count }

    /// Calls `body` for every piece, on several threads if there is enough to do, `grain` pieces at a time.
    func forEach(grain: Int, _ body: (_ piece: Int, _ tensor: Int, _ range: Range<Int>) -> Void) {
        forEachChunk(of: pieces.count, grain: isShared ? grain : pieces.count) { range in
            for piece in range { body(piece, pieces[piece].tensor, pieces[piece].range) }
        }
    }
}

/// Stops with both shapes unless a tensor that belongs to a parameter has its shape.
func requireShape(of parameter: Tensor, name: String, _ part: String, _ tensor: Tensor) {
    precondition(
        tensor.layout.shape == parameter.layout.shape,
        "The parameter \(name) has the shape \(parameter.shape), but its \(part) has \(tensor.shape); are they of another model?"
    )
}
