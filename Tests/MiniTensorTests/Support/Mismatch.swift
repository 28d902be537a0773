import Foundation

@testable import MiniTensor

/// What is different between a tensor and what it should be, or `nil`. One `#expect` for a whole
/// tensor keeps the tests fast and their messages short.
///
/// - Parameter tolerance: allowed difference for every unit of the expected value, or of 1 if that
///   is smaller; 0 asks for the same `Float`.
func mismatch(_ tensor: Tensor, _ expected: Plain, tolerance: Double = 0) -> String? {
    guard tensor.shape == expected.shape else {
        return "shape \(tensor.shape) instead of \(expected.shape)"
    }
    let scalars = tensor.scalars
    for (place, wanted) in expected.values.enumerated() {
        let got = scalars[place]
        if got == Float(wanted) || (got.isNaN && wanted.isNaN) { continue }
        let difference = abs(Double(got) - wanted)
        if difference <= tolerance * max(1, abs(wanted)) { continue }
        return "element \(place) of \(expected.shape) is \(got) instead of \(wanted)"
    }
    return nil
}

/// What is different between two tensors, or `nil`.
func mismatch(_ tensor: Tensor, _ expected: Tensor, tolerance: Double = 0) -> String? {
    // Most are the same, which is quickly seen.
    if tensor.shape == expected.shape, tensor.scalars == expected.scalars { return nil }
    return mismatch(tensor, Plain(expected), tolerance: tolerance)
}

/// Leaves buffers of this size full of NaN in the pool, for the next operation to find.
func poisonPool(count: Int) {
    let poison = (0..<4).map { _ in Tensor(repeating: .nan, shape: [count]) }
    withExtendedLifetime(poison) {}
}
