import MiniGPT

/// Attention of sequences to themselves, from packed queries, keys and values
/// `[batch, context, 3·width]`.
public struct AttentionWork: Sendable {
    /// The number of sequences.
    public let batch: Int
    /// The number of heads.
    public let heads: Int
    /// The length of each sequence.
    public let context: Int
    /// The width of all heads together.
    public let width: Int
    /// Which keys a query may look at.
    public let mask: AttentionMask

    /// Attention of these sizes.
    public init(batch: Int, heads: Int, context: Int, width: Int, mask: AttentionMask = .causal) {
        self.batch = batch
        self.heads = heads
        self.context = context
        self.width = width
        self.mask = mask
    }

    /// Checks sizes that came from a user.
    public func validate() throws(SizeError) {
        try Limits.check("number of heads", heads, 1...4_096)
        try Limits.check("packed queries, keys and values", shape: [batch, context, width, 3])
        try Limits.check("strips of scores", shape: [batch, heads, context, 256])
        guard width.isMultiple(of: heads) else {
            throw .widthNotDivisible(width: width, heads: heads)
        }
    }

    /// Positions in a call.
    public var tokens: Double { Double(batch * context) }

    /// Operations of the forward pass: two products over the pairs of positions that see each
    /// other. What lies behind the mask is not counted, so no credit is given for computing it.
    public var forwardOperations: Double {
        let length = Double(context)
        let pairs = mask == .causal ? length * (length + 1) / 2 : length * length
        return 4 * Double(batch) * Double(width) * pairs
    }

    /// Operations of the backward pass: five products, one of which makes the scores again (Dao et
    /// al. 2022, "FlashAttention", count the same).
    public var backwardOperations: Double { 2.5 * forwardOperations }

    /// Its input, filled with random numbers.
    public func input() -> Tensor {
        var generator = SplitMix64(seed: 2)
        return Tensor.normal([batch, context, 3 * width], using: &generator)
    }

    /// The operation.
    public func callAsFunction(_ queryKeyValue: Tensor) -> Tensor {
        selfAttention(queryKeyValue, heads: heads, mask: mask)
    }

    /// Measures it forward and backward for about the given seconds.
    public func measure(seconds: Double) -> GradientTiming {
        .measure(of: [input()], seconds: seconds) { self($0[0]) }
    }
}
