import MiniTensor

/// A row of tokens cut into windows that a model can look at, each token but the first predicted
/// exactly once.
///
/// Windows as far apart as the context is long do not overlap: what `GPT.evaluate(on:)` does, and the
/// fastest. The first tokens of each are then predicted from little. With a smaller stride, each
/// window predicts only what none before it has, from at least context − stride tokens: a better
/// estimate for more work (Hugging Face, "Perplexity of fixed-length models").
struct TextWindows {
    let count: Int
    let contextLength: Int
    let stride: Int

    /// One window: the inputs, and the first of their targets that counts.
    struct Window: Equatable {
        /// Places of the inputs; each target is one place further.
        let inputs: Range<Int>
        /// The place of the first target that was not predicted before.
        let firstTarget: Int
    }

    /// Windows over so many tokens.
    ///
    /// - Precondition: 1 ≤ stride ≤ contextLength.
    init(count: Int, contextLength: Int, stride: Int? = nil) {
        let stride = stride ?? contextLength
        precondition(
            stride >= 1 && stride <= contextLength,
            "Windows of \(contextLength) tokens cannot be \(stride) tokens apart.")
        self.count = count
        self.contextLength = contextLength
        self.stride = stride
    }

    /// All windows, in order.
    var all: [Window] {
        var windows: [Window] = []
        var (start, known) = (0, 1)
        while known < count {
            let end = min(start + contextLength, count - 1)
            windows.append(Window(inputs: start..<end, firstTarget: known))
            known = end + 1
            start += stride
        }
        return windows
    }

    /// Tokens that go through the model at once: enough for fast products.
    private static let tokensAtOnce = 8_192

    /// The windows as batches for a model; targets that do not count are −1.
    ///
    /// - Parameter counts: whether a token counts; marks of ends do not.
    func batches(
        of tokens: [Int32], counts: (Int32) -> Bool,
        _ body: (_ inputs: TokenBatch, _ targets: TokenBatch) -> Void
    ) {
        let windows = all
        let rows = max(1, Self.tokensAtOnce / contextLength)
        for first in Swift.stride(from: 0, to: windows.count, by: rows) {
            let part = windows[first..<min(first + rows, windows.count)]
            // All but the last window are whole; what is missing there does not count.
            let time = part.map(\.inputs.count).max() ?? 0
            var (inputs, targets): ([Int32], [Int32]) = ([], [])
            for window in part {
                for place in window.inputs.lowerBound..<(window.inputs.lowerBound + time) {
                    let isInside = place < window.inputs.upperBound
                    inputs.append(isInside ? tokens[place] : 0)
                    let isTarget = isInside && place + 1 >= window.firstTarget
                    targets.append(isTarget && counts(tokens[place + 1]) ? tokens[place + 1] : -1)
                }
            }
            body(
                TokenBatch(inputs, batch: part.count, time: time),
                TokenBatch(targets, batch: part.count, time: time))
        }
    }
}
