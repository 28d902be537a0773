import CMiniKernels

/// |x|. ∂/∂x = g·sign(x).
public func abs(_ x: Tensor) -> Tensor {
    map(x, kernels.absolute).recorded(.absolute, x) { $0 * ((x .> 0) - (x .< 0)) }
}

/// x². ∂/∂x = 2·g·x.
public func square(_ x: Tensor) -> Tensor {
    map(x, kernels.square).recorded(.square, x) { $0 * x * 2 }
}

/// 1/x. ∂/∂x = −g·y².
public func reciprocal(_ x: Tensor) -> Tensor {
    let y = map(x, kernels.reciprocal)
    return y.recorded(.reciprocal, x) { -$0 * square(y) }
}

/// √x. ∂/∂x = g/(2y).
public func sqrt(_ x: Tensor) -> Tensor {
    let y = map(x, kernels.square_root)
    return y.recorded(.squareRoot, x) { $0 / (y * 2) }
}

/// eˣ. ∂/∂x = g·y.
public func exp(_ x: Tensor) -> Tensor {
    let y = map(x, kernels.exp)
    return y.recorded(.exp, x) { $0 * y }
}

/// The natural logarithm. ∂/∂x = g/x.
public func log(_ x: Tensor) -> Tensor {
    map(x, kernels.log).recorded(.log, x) { $0 / x }
}

/// sin x. ∂/∂x = g·cos x.
public func sin(_ x: Tensor) -> Tensor {
    map(x, kernels.sine).recorded(.sin, x) { $0 * cos(x) }
}

/// cos x. ∂/∂x = −g·sin x.
public func cos(_ x: Tensor) -> Tensor {
    map(x, kernels.cosine).recorded(.cos, x) { -$0 * sin(x) }
}

/// tanh x. ∂/∂x = g·(1 − y²).
public func tanh(_ x: Tensor) -> Tensor {
    let y = map(x, kernels.tanh)
    return y.recorded(.tanh, x) { combine(y, $0, kernels.tanh_gradient, operation: "tanh") }
}

/// 1/(1 + e⁻ˣ). ∂/∂x = g·y·(1 − y).
public func sigmoid(_ x: Tensor) -> Tensor {
    let y = map(x, kernels.sigmoid)
    return y.recorded(.sigmoid, x) {
        combine(y, $0, kernels.sigmoid_gradient, operation: "sigmoid")
    }
}

/// max(x, 0). ∂/∂x = g where x > 0, else 0.
public func relu(_ x: Tensor) -> Tensor {
    map(x, kernels.relu).recorded(.relu, x) {
        combine(x, $0, kernels.relu_gradient, operation: "relu")
    }
}

/// The Gaussian error linear unit x·Φ(x), exact, with Φ the normal distribution function.
///
/// Hendrycks & Gimpel 2016. ∂/∂x = g·(Φ(x) + x·φ(x)). PyTorch's default `nn.GELU()`.
public func gelu(_ x: Tensor) -> Tensor {
    map(x, kernels.gelu).recorded(.gelu, x) {
        combine(x, $0, kernels.gelu_gradient, operation: "gelu")
    }
}

/// GPT-2's GELU: x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
///
/// Within 0.0005 of `gelu`. Hugging Face calls it `gelu_new`, PyTorch `approximate="tanh"`.
public func geluApproximate(_ x: Tensor) -> Tensor {
    map(x, kernels.gelu_tanh).recorded(.geluApproximate, x) {
        combine(x, $0, kernels.gelu_tanh_gradient, operation: "geluApproximate")
    }
}
