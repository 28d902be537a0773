import MiniTensor

/// A convolution over time: every position becomes a linear function of itself and its neighbours.
public struct Conv1d: Layer, CustomStringConvertible {
    /// `[outputChannels, kernelSize, inputChannels]`, as in MLX; PyTorch swaps the last two.
    public var weight: Tensor
    /// `[outputChannels]`.
    public var bias: Tensor?
    /// Positions from one result to the next.
    public let stride: Int
    /// Zeros that are put before and after the sequence.
    public let padding: Int
    /// Positions from one number of the kernel to the next.
    public let dilation: Int

    /// A convolution with new parameters.
    ///
    /// - Parameters:
    ///   - inputChannels: numbers of a position.
    ///   - outputChannels: numbers of a result.
    ///   - kernelSize: positions that a result looks at.
    ///   - stride: positions from one result to the next.
    ///   - padding: zeros before and after the sequence.
    ///   - dilation: positions from one that a result looks at to the next.
    public init(
        inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1,
        padding: Int = 0, dilation: Int = 1, bias: Bool = true, initializer: Initializer? = nil,
        using generator: inout some RandomNumberGenerator
    ) {
        // PyTorch's default: uniform in ±1/√(numbers that a result is made of).
        let matrix = (initializer ?? .uniformFanIn)(
            [outputChannels, kernelSize * inputChannels], using: &generator)
        self.init(
            weight: matrix.reshaped(outputChannels, kernelSize, inputChannels),
            bias: bias ? .zeros([outputChannels]) : nil, stride: stride, padding: padding,
            dilation: dilation)
    }

    /// A convolution with the given parameters.
    public init(
        weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1
    ) {
        (self.weight, self.bias) = (weight, bias)
        (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
    }

    /// - Parameter x: `[batch, time, inputChannels]`.
    /// - Returns: `[batch, results, outputChannels]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        conv1d(
            x, weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation)
    }

    /// Shows `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}
