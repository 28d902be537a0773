import MiniTensor

/// Which activations of a GPT are recomputed for the gradients instead of being kept: those that
/// would make the peak of memory higher, and no others.
///
/// Gradients are computed from the last block to the first, and what a block has kept is freed as its
/// gradients come. So the last blocks may keep as much as the gradients of all blocks will take in
/// the end: to recompute that as well would cost time and not lower the peak.
package struct RecomputationPlan: Equatable, Sendable {
    /// Blocks, from the first, of which only the input of each half is kept.
    package let wholeBlocks: Int

    /// Blocks after those of which the widest activations are recomputed: queries, keys and values,
    /// and the inside of the feed-forward layer. That takes three fifths of the time for the memory
    /// it saves that whole blocks take, so it is preferred.
    package let wideActivations: Int

    /// A plan for training on `positions` (batch · time) at once.
    ///
    /// - Parameter savingMemory: whether memory is worth more than time. If not, the wide activations
    ///   of a third of the blocks at most are recomputed, for 4 % of a step, and of narrow models none.
    package init(_ configuration: GPT.Configuration, positions: Int, savingMemory: Bool) {
        let (layers, width) = (Double(configuration.layers), Double(configuration.width))
        let stream = Double(Swift.max(1, positions)) * width
        // In floats. At the end: the gradients of all blocks but what the first has yet to compute,
        // and the inside of its feed-forward layer with its slopes.
        let end = (12 * layers - 8) * width * width + 12 * stream
        // After the forward pass: what every block keeps, the stream around the logits, and a piece of
        // those.
        let isWide = Tensor.isRecomputed(
            count: Int(Swift.min(stream, 1e15)), width: configuration.width)
        let kept = (isWide ? 10 : 16) * stream
        let middle = layers * kept + 3 * stream + 256 * Double(configuration.vocabularySize)
        var excess = Swift.max(0, middle - end)

        // Queries, keys, values, and the inside of the feed-forward layer.
        let inside = isWide ? 7 * stream : 0
        let most = savingMemory ? layers : (layers / 3).rounded(.down)
        let wide = isWide ? Swift.min(most, (excess / inside).rounded(.up)) : 0
        guard savingMemory else {
            (wholeBlocks, wideActivations) = (0, Int(wide))
            return
        }
        // All but the stream at two places.
        excess = Swift.max(0, excess - wide * inside)
        let whole = Swift.min(layers, (excess / (kept - 2 * stream - inside)).rounded(.up))
        (wholeBlocks, wideActivations) = (Int(whole), Int(Swift.min(wide, layers - whole)))
    }
}
