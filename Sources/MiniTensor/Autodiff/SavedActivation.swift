/// A tensor that a derivative will need: kept until then, or recomputed where that is cheap.
///
/// The activations of a feed-forward layer are four times as wide as the residual stream, and one pass
/// over the values before them recomputes them; the means and deviations that a norm keeps do the same
/// for its result. Together they are a third of what a transformer block would have to keep.
struct SavedActivation: Sendable {
    private let kept: Tensor?
    private let recompute: Tape.Recomputation?

    /// Saves the values of `x`.
    ///
    /// - Parameter values: the same in row-major order, if the caller has them so already.
    init(_ x: Tensor, values: Tensor? = nil) {
        recompute = x.variable.flatMap { $0.tape.recomputation(of: $0) }
        kept = recompute == nil ? values ?? x.contiguous() : nil
    }

    /// Whether the values are recomputed when they are asked for.
    var isRecomputed: Bool { recompute != nil }

    /// The values.
    func callAsFunction() -> Tensor {
        if let kept { return kept }
        guard let recompute else {
            preconditionFailure("An activation that was not kept can be recomputed.")
        }
        return recompute()
    }
}

extension Tensor {
    /// Whether a tensor of that size, made of vectors of that width, is recomputed rather than kept.
    ///
    /// Small ones are in the cache when they are needed, and little is saved. And where vectors are
    /// short, the products of a layer take so little time that recomputing its activations is noticed:
    /// 4 % of a step with a width of 256. The share falls as vectors become longer.
    package static func isRecomputed(count: Int, width: Int) -> Bool {
        let tuning = Tuning.current.recomputation
        return count >= tuning.smallestActivation && width >= tuning.smallestWidth
    }
}
