/// The numbers that were chosen by measurement: from which size on another code is faster, how large a
/// piece of work is, how much is packed at a time.
///
/// An operation reads `Tuning.current` on the thread that calls it and hands what it needs to the threads
/// that help. A test gives other numbers, so that small tensors go the ways of large ones:
///
///     var tuning = Tuning()
///     tuning.products.smallestShared = 1
///     Tuning.$current.withValue(tuning) { … }
///
/// One set serves all processors. The machines named here are those of Documentation/Performance.md. Most
/// numbers change how fast a result comes; where one changes its last bits as well, because it says in
/// which pieces a sum is made, its comment says so.
package struct Tuning: Sendable {
    /// Passes over numbers and rows.
    package var passes = Passes()
    /// Matrix products.
    package var products = Products()
    /// Attention.
    package var attention = Attention()
    /// Cross-entropy of a linear layer.
    package var logits = Logits()
    /// What is computed again for a derivative instead of being kept.
    package var recomputation = Recomputation()

    /// What operations of this task go by.
    @TaskLocal package static var current = Tuning()

    /// The numbers as they were measured.
    package init() {}
}

extension Tuning {
    /// Passes over memory: how much of one is worth another thread.
    package struct Passes: Sendable {
        /// Numbers that one thread takes at a time in a pass that does little with each: 128 KiB read and
        /// as many written, some 10 µs, a few times what it takes to wake a thread.
        package var elements = 1 << 15
        /// The same for layer norms, losses and reductions of rows, which take about twice as long.
        package var rowElements = 1 << 14
        /// The same for softmax, which takes an exponential for each number.
        package var softmaxElements = 1 << 13
        /// Pieces of one pass, at most: enough to even out any number of threads in use today.
        package var mostChunks = 256
        /// Numbers of a strided row that are gathered before a kernel takes them: 4 KiB, which stay in
        /// the first cache.
        package var gathered = 1_024
        /// Numbers that are summed, or compared, in one piece when all of a tensor is reduced. Changes
        /// bits.
        package var reducedElements = 1 << 14
        /// Columns of one piece of the gradient of a bias.
        package var columnsOfSum = 128
        /// Shares of the gradients of a layer norm's weight and bias, at most. Changes bits.
        package var normShares = 8
        /// Numbers of a parameter that an optimizer, or a norm of gradients, takes at a time. Changes bits
        /// of the norm.
        package var updatedElements = 1 << 14
        /// Parameters of a model from which on a pass over all of them is worth waking other threads for:
        /// a sixth of the steps of the small model of 10⁵ parameters went to sharing these passes.
        package var smallestSharedUpdate = 1 << 17

        /// Rows of so many numbers that a thread takes at a time.
        package func rows(of width: Int, elements: Int? = nil) -> Int {
            Swift.max(1, (elements ?? self.elements) / Swift.max(1, width))
        }
    }

    /// Attention of many heads.
    package struct Attention: Sendable {
        /// Queries whose scores are made at a time, a multiple of the rows in a tile of every kernel.
        /// Narrow strips skip more of what a causal mask hides, wide ones make faster products.
        package var strip = 48
        /// The same for short sequences under a causal mask, by kernels that pack strips of 48 columns
        /// (AVX-512): 32 more rows are two whole vectors more, none of them in vain.
        package var shortStripOfWideVectors = 32
        /// The same by the other kernels.
        package var shortStrip = 24
        /// Queries of a sequence that counts as short.
        package var shortQueries = 128
        /// Operations of the heads that one thread takes at a time.
        package var operationsOfChunk = 500_000
        /// Pieces of all heads, at most about this many.
        package var mostChunks = 64
        /// Numbers of all queries from which on the heads do not stay in the second cache, and the rows of
        /// the next are asked for while one is computed: a fifth off on the Xeon with 32 columns a head.
        package var smallestFetched = 1 << 17
    }

    /// Cross-entropy without all logits in memory.
    package struct Logits: Sendable {
        /// Logits in memory at a time, 32 MiB: the weight is packed, or read, once for each such piece.
        package var elements = 8 << 20
        /// Positions of a piece are a multiple of this and at least as many. Changes bits: the gradient of
        /// the weight is a sum over pieces.
        package var positions = 256
        /// Positions of a last piece that is joined to the one before if they are fewer: products of a few
        /// rows are made in another way, with other roundings. Changes bits.
        package var fewestPositions = 64
        /// The vocabulary from which on logits lie token by token: packing 50,257 rows of the weight for
        /// 256 positions took as long as a fifth of the arithmetic. Changes bits.
        package var smallestByToken = 1 << 14
        /// Tokens whose logits are exponentiated while they are in the second cache. Changes bits.
        package var tokensOfBlock = 64
        /// Blocks of tokens that a thread takes at a time.
        package var blocksOfChunk = 8
    }

    /// What is computed again for a derivative instead of being kept.
    package struct Recomputation: Sendable {
        /// Numbers of an activation from which on it is: smaller ones are in the cache when they are
        /// needed.
        package var smallestActivation = 1 << 18
        /// The width of the layers from which on it is: with 256 it cost 4 % of a step, and the share
        /// falls as vectors become longer.
        package var smallestWidth = 512
        /// Operations of the product for a weight's gradient from which on it is made before the other, if
        /// its factor had to be computed again: that memory then serves the other. Smaller ones are made
        /// together, so that threads wait for each other half as often.
        package var smallestProductAlone = 3_000_000_000
    }
}
