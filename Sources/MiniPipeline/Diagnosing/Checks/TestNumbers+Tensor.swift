import MiniTensor

extension TestNumbers {
    /// A tensor of such numbers.
    mutating func tensor(_ shape: [Int], scale: Float = 1) -> Tensor {
        Tensor(array(shape.reduce(1, *), scale: scale), shape: shape)
    }
}
