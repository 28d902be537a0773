import MiniTensor

/// Layers one after the other: each takes what the one before gave.
///
///     let classifier = Sequential(
///         Linear(64, 32, using: &generator), Activation.relu, Dropout(p: 0.1),
///         Linear(32, 10, using: &generator))
///     let logits = classifier(x, mode: .training(seed: 1))
///
/// Parameters are named by the place of their layer, as in PyTorch: `0.weight`, `3.bias`.
public struct Sequential: Layer, CustomStringConvertible {
    /// The layers, from the input to the output.
    public var layers: [any Layer]

    /// The given layers.
    public init(_ layers: any Layer...) { self.layers = layers }

    /// The given layers.
    public init(layers: [any Layer]) { self.layers = layers }

    /// The result for inference: nothing is dropped.
    public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mode: .inference) }

    /// The result; layers that behave otherwise while training do so in their own way each.
    public func callAsFunction(_ x: Tensor, mode: Mode) -> Tensor {
        var x = x
        for (place, layer) in layers.enumerated() { x = layer(x, mode: mode.part(place)) }
        return x
    }

    /// Shows the layers, named by their places.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        for place in layers.indices {
            show(&layers[place], as: String(place), to: &visitor)
        }
    }

    private func show(
        _ layer: inout some Layer, as name: String, to visitor: inout some ParameterVisitor
    ) {
        visitor.visit(name, &layer)
    }
}
