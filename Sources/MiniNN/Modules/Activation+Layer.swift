import MiniTensor

/// An activation is a layer without parameters, so that it can stand in `Sequential`.
extension Activation: Layer {
    /// There are no parameters.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {}
}
