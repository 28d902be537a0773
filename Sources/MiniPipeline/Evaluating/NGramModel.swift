/// How likely each byte is after the few before it, by counting: what a neural model has to beat.
///
///     let model = NGramModel(order: 5, text: training)
///     let bits = model.bitsPerByte(of: validation)   // for the orders 1 … 5
///
/// Order n looks at the n − 1 bytes before. Counts are smoothed by interpolation (Witten & Bell 1991,
/// "The zero-frequency problem", method C; Chen & Goodman 1998, "An empirical study of smoothing
/// techniques for language modeling", section 2.5):
///
///     p(w | h) = (count(hw) + kinds(h) · p(w | h′)) / (count(h) + kinds(h))
///
/// with h′ the context without its first byte, kinds(h) the number of different bytes seen after h,
/// count(h) how often any was, and 1/256 for each byte at the end. So the probabilities after any
/// context add up to 1, and none is 0.
public struct NGramModel: Sendable {
    /// The longest sequences that were counted; 5 means four bytes of context.
    public let order: Int
    /// How many bytes were counted.
    public let byteCount: Int
    /// Level k holds the sequences of k bytes; level 0 the empty one.
    let levels: [NGramLevel]

    /// The orders there can be: the bytes of a sequence share one 64-bit number.
    public static let orders = 1...7

    /// Longer texts are counted only so far, which keeps the memory below 1 GB.
    public static let maximumBytes = 32 << 20

    /// Counts the sequences of a text, of which the first `maximumBytes` are read.
    ///
    /// Takes about 0.2 s and 60 MB for a text of 1 MB and order 5.
    ///
    /// - Precondition: the order is one of `orders`.
    public init(order: Int, text: some Collection<UInt8>) {
        precondition(
            Self.orders.contains(order), "An n-gram model has an order of 1 to 7, not \(order).")
        self.order = order
        let text = Array(text.prefix(Self.maximumBytes))
        byteCount = text.count
        levels = NGramLevel.all(order: order, text: text)
    }

    /// The probability of a byte after others, of which the last `order − 1` count.
    ///
    /// - Parameter order: at most that of the model, which it is unless given.
    public func probability(
        of byte: UInt8, after context: some Collection<UInt8>, order: Int? = nil
    ) -> Double {
        let order = checked(order)
        var reader = NGramReader(self)
        for known in context.suffix(order - 1) { reader.read(known) }
        return reader.probabilities(of: byte)[order - 1]
    }

    /// The mean of −log₂ of the probability of each byte, for each order from 1 on: how many bits a
    /// perfect packer would need.
    ///
    /// - Returns: `order` numbers; of a text without a byte, none.
    public func bitsPerByte(of text: some Collection<UInt8>) -> [Double] {
        guard !text.isEmpty else { return [] }
        var sums = [Double](repeating: 0, count: order)
        var reader = NGramReader(self)
        for byte in text {
            reader.addBits(of: byte, to: &sums)
            reader.read(byte)
        }
        return sums.map { $0 / Double(text.count) }
    }

    private func checked(_ order: Int?) -> Int {
        let order = order ?? self.order
        precondition(
            (1...self.order).contains(order),
            "This n-gram model has the orders 1 to \(self.order), not \(order).")
        return order
    }
}
