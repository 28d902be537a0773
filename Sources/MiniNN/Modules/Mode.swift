import MiniTensor

/// Whether a model is being trained, and with what randomness.
///
/// It is an argument, not a switch on the model: the same model can be trained by one task and used
/// by another.
public enum Mode: Sendable, Equatable {
    /// Nothing is dropped.
    case inference
    /// Dropout is on; what it drops is decided by the seed.
    case training(seed: UInt64)

    /// The mode for one part of a model: the same, but with a seed of its own.
    public func part(_ number: Int) -> Mode {
        guard case .training(let seed) = self else { return .inference }
        return .training(seed: SplitMix64(seed: seed).split(UInt64(number)).state)
    }
}
