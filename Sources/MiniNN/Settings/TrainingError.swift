/// Why a training could not go on.
public enum TrainingError: Error, CustomStringConvertible {
    /// The loss or the gradients became infinite or NaN.
    case notFinite(what: String, step: Int, learningRate: Float)
    /// An option of the trainer is outside what is possible.
    case invalidOption(name: String, value: String, allowed: String)

    /// The error as a sentence, with what to try.
    public var description: String {
        switch self {
        case .invalidOption(let name, let value, let allowed):
            "The \(name) is \(value), but must be \(allowed)."
        case .notFinite(let what, let step, let rate):
            "The \(what) of step \(step) is not a finite number. Try a smaller learning rate than \(rate), a longer warm-up, or gradient clipping at 1 or below; the model before this step is unharmed."
        }
    }
}
