/// A tensor that a derivative will need: kept until then, or made once more where that is cheap.
///
/// The activations of a feed-forward layer are four times as wide as the stream, and a pass over what
/// comes before them makes them again; so do the means and deviations that a norm keeps. Together
/// they are a third of what a transformer block would have to keep.
struct Saved: Sendable {
    private let kept: Tensor?
    private let remake: Tape.Remake?

    /// Saves the values of `x`.
    ///
    /// - Parameter values: the same in row-major order, if the caller has them so already.
    init(_ x: Tensor, values: Tensor? = nil) {
        remake = x.variable.flatMap { $0.tape.remake($0) }
        kept = remake == nil ? values ?? x.contiguous() : nil
    }

    /// Whether the values are made once more when they are asked for.
    var isRemade: Bool { remake != nil }

    /// The values.
    func callAsFunction() -> Tensor {
        if let kept { return kept }
        guard let remake else { preconditionFailure("What was not kept can be made again.") }
        return remake()
    }
}

extension Tensor {
    /// Whether a tensor of that size, made of vectors of that width, is made again rather than kept.
    ///
    /// Small ones are in the cache when they are needed, and little is saved. And where vectors are
    /// short, the products of a layer take so little time that to make its activations once more is
    /// noticed: 4 % of a step with a width of 256. The share falls as vectors become longer.
    package static func isRemade(count: Int, width: Int) -> Bool {
        let tuning = Tuning.current.recomputation
        return count >= tuning.smallestActivation && width >= tuning.smallestWidth
    }
}
