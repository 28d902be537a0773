import CMiniKernels
import Foundation
import MiniNN
import MiniTensor

/// How well a model predicts a text.
public struct TextLoss: Sendable, Equatable {
    /// The mean cross-entropy in nats for each predicted token.
    public let loss: Double
    /// How many tokens were predicted.
    public let tokens: Int

    /// e to the loss: among how many equally likely tokens the model would be as unsure.
    public var perplexity: Double { exp(loss) }
}

extension InferenceModel {
    /// The loss on a text of any length.
    ///
    /// The text is read in windows of the context length that overlap: each counts the tokens that no
    /// window before it has, and sees at least `contextLength − stride` tokens before the first of
    /// them.
    ///
    /// - Parameter stride: how far windows are apart; half the context unless given. As far as the
    ///   context is long, they do not overlap, as in `GPT.evaluate(on:)`.
    /// - Precondition: the text has at least two tokens; 1 ≤ `stride` ≤ `contextLength`.
    public func loss(on text: [Int32], stride: Int? = nil) -> TextLoss {
        let context = configuration.contextLength
        let step = stride ?? Swift.max(1, context / 2)
        precondition(text.count >= 2, "A loss needs at least two tokens, not \(text.count).")
        precondition(
            step >= 1 && step <= context,
            "Windows of \(context) tokens cannot be \(step) tokens apart.")
        var predictor = predictor()
        var total = 0.0
        var known = 1
        var start = 0
        while known < text.count {
            let end = Swift.min(start + context, text.count - 1)
            predictor.keepFirst(0)
            predictor.readAll(text[start..<end]) { row, logits in
                let next = start + row + 1
                guard next >= known else { return }
                total += Double(
                    kernels.cross_entropy(logits, configuration.vocabularySize, Int(text[next])))
            }
            known = end + 1
            start += step
        }
        return TextLoss(loss: total / Double(text.count - 1), tokens: text.count - 1)
    }
}
