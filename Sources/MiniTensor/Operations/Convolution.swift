/// A convolution over time: y[t] = Σ_j W_j·x[t·stride + j·dilation − padding] + b.
///
/// The positions that a result looks at are put side by side, so that all results are one product. Its
/// derivatives are those of its parts.
///
/// - Parameters:
///   - x: `[batch, time, inputs]`.
///   - weight: `[outputs, kernel, inputs]`, as in MLX; PyTorch swaps the last two axes.
///   - bias: `[outputs]`, or `nil`.
///   - stride: positions from one result to the next.
///   - padding: zeros that are put before and after the sequence.
///   - dilation: positions from one number of the kernel to the next.
/// - Returns: `[batch, results, outputs]` with results = (time + 2·padding − dilation·(kernel − 1) − 1)/stride
///   + 1, rounded down.
public func conv1d(
    _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1
) -> Tensor {
    let ((batch, time, inputs), (outputs, kernel, weightInputs)) = (x.shape3, weight.shape3)
    precondition(
        inputs == weightInputs && kernel > 0,
        "conv1d: x has shape \(x.shape), whose last axis must equal that of the weight \(weight.shape)."
    )
    precondition(
        stride > 0 && dilation > 0 && padding >= 0,
        "conv1d: stride \(stride) and dilation \(dilation) must be above 0, padding \(padding) not below it."
    )
    let reach = dilation * (kernel - 1) + 1
    let results = (time + 2 * padding - reach) / stride + 1
    precondition(
        time + 2 * padding >= reach,
        "conv1d: a kernel that reaches over \(reach) positions does not fit in \(time) with a padding of \(padding)."
    )
    var padded = x
    if padding > 0 {
        let zeros = Tensor.zeros([batch, padding, inputs])
        padded = concatenated([zeros, x, zeros], axis: 1)
    }
    let parts = (0..<kernel).map { place in
        let start = place * dilation
        let end = start + (results - 1) * stride + 1
        return padded[.all, .stride(from: start, to: end, by: stride)]
    }
    return linear(
        kernel == 1 ? parts[0] : concatenated(parts, axis: -1),
        weight: weight.reshaped(outputs, kernel * inputs), bias: bias)
}
