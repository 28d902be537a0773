@testable import MiniTensor

/// What is wrong with a fused operation against its composition of small ones: the value, and the
/// gradients of all inputs, in several layouts.
func difference(
    _ inputs: [Plain], tolerance: Double = 2e-5, fused: ([Tensor]) -> Tensor,
    composed: ([Tensor]) -> Tensor
) -> String? {
    var generator = SplitMix64(seed: 81)
    for shift in Arrangement.general.indices {
        let tensors = inputs.enumerated().map { position, input in
            Arrangement.general[(shift + position) % Arrangement.general.count].tensor(input)
        }
        let weights = Plain.random(composed(tensors).shape, using: &generator).tensor
        let (value, gradients) = valueAndGradients(at: tensors) { (fused($0) * weights).sum() }
        let (expected, expectedGradients) = valueAndGradients(at: tensors) {
            (composed($0) * weights).sum()
        }
        let scale = weights.count == 0 ? 1 : Double(max(1, MiniTensor.abs(weights).sum().item()))
        let complaint =
            mismatch(fused(tensors), composed(tensors), tolerance: tolerance)
            ?? mismatch(value, expected, tolerance: tolerance * scale)
        if let complaint { return "layouts \(shift): \(complaint)" }
        for (index, (gradient, expected)) in zip(gradients, expectedGradients).enumerated() {
            if let complaint = mismatch(gradient, expected, tolerance: 4 * tolerance) {
                return "layouts \(shift), gradient \(index): \(complaint)"
            }
        }
    }
    return nil
}

/// Arrays of random numbers, the same ones every time.
func random(_ shapes: [Int]...) -> [Plain] {
    var generator = SplitMix64(seed: 82)
    return shapes.map { .random($0, using: &generator) }
}
