import MiniTensor

extension Module {
    /// `function` of this module and `x`, of which only the parameters and `x` are kept: the inside
    /// is done once more when its gradient is needed.
    ///
    ///     x = block.recomputed(x) { block, x in block(x) }
    ///
    /// The same numbers for less memory and more time; see `recomputed(_:_:)` for tensors.
    public func recomputed(
        _ x: Tensor, _ function: @escaping @Sendable (Self, Tensor) -> Tensor
    ) -> Tensor {
        MiniTensor.recomputed([x] + parameters.map(\.value)) { tensors in
            var module = self
            var place = 0
            module.mapParameters { _, _ in
                place += 1
                return tensors[place]
            }
            return function(module, tensors[0])
        }
    }
}
