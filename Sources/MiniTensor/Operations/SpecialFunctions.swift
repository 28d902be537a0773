import Foundation

// Functions of one element that have no vector kernel: the C library's, element by element.

/// 1/√x. ∂/∂x = −g·y³/2.
public func rsqrt(_ x: Tensor) -> Tensor {
    let y = map(x) { 1 / $0.squareRoot() }
    return y.recorded(.rsqrt, x) { $0 * y * square(y) * -0.5 }
}

/// The error function 2/√π·∫₀ˣ e^(−t²) dt. ∂/∂x = g·2/√π·e^(−x²).
public func erf(_ x: Tensor) -> Tensor {
    map(x) { erff($0) }.recorded(.erf, x) { $0 * exp(-square(x)) * (2 / Float.pi.squareRoot()) }
}

/// ln(1 + x), exact for small x too. ∂/∂x = g/(1 + x).
public func log1p(_ x: Tensor) -> Tensor {
    map(x) { log1pf($0) }.recorded(.log1p, x) { $0 / (x + 1) }
}

/// eˣ − 1, exact for small x too. ∂/∂x = g·(y + 1).
public func expm1(_ x: Tensor) -> Tensor {
    let y = map(x) { expm1f($0) }
    return y.recorded(.expm1, x) { $0 * (y + 1) }
}

/// ln(1 + eˣ), without overflow: a smooth `relu`. ∂/∂x = g·sigmoid(x).
public func softplus(_ x: Tensor) -> Tensor {
    map(x) { $0.isNaN ? $0 : Swift.max($0, 0) + log1pf(expf(-Swift.abs($0))) }
        .recorded(.softplus, x) { $0 * sigmoid(x) }
}

// MARK: - Steps, whose gradient is 0 wherever it is defined: none flows through them

/// The next whole number below or equal. No gradient flows.
public func floor(_ x: Tensor) -> Tensor { map(x) { $0.rounded(.down) } }

/// The next whole number above or equal. No gradient flows.
public func ceil(_ x: Tensor) -> Tensor { map(x) { $0.rounded(.up) } }

/// The nearest whole number; of two equally near the even one, as in NumPy. No gradient flows.
public func round(_ x: Tensor) -> Tensor { map(x) { $0.rounded(.toNearestOrEven) } }

/// −1, 0 or 1: the sign. No gradient flows.
public func sign(_ x: Tensor) -> Tensor {
    map(x) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0.isNaN ? $0 : 0 }
}
