import CMiniKernels

// Arithmetic broadcasts as NumPy does: axes are matched from the last, and an axis of extent 1 is
// stretched.

extension Tensor {
    // MARK: Two tensors

    /// a + b. ∂/∂a = g, ∂/∂b = g.
    public static func + (a: Tensor, b: Tensor) -> Tensor {
        combine(a, b, kernels.add, operation: "+").recorded(.add, a, { $0 }, b, { $0 })
    }

    /// a − b. ∂/∂a = g, ∂/∂b = −g.
    public static func - (a: Tensor, b: Tensor) -> Tensor {
        combine(a, b, kernels.subtract, operation: "-").recorded(.subtract, a, { $0 }, b, { -$0 })
    }

    /// a · b, element by element. ∂/∂a = g·b, ∂/∂b = g·a.
    public static func * (a: Tensor, b: Tensor) -> Tensor {
        combine(a, b, kernels.multiply, operation: "*")
            .recorded(.multiply, a, { $0 * b }, b, { $0 * a })
    }

    /// a / b. ∂/∂a = g/b, ∂/∂b = −g·a/b².
    public static func / (a: Tensor, b: Tensor) -> Tensor {
        combine(a, b, kernels.divide, operation: "/")
            .recorded(.divide, a, { $0 / b }, b, { -($0 * a) / square(b) })
    }

    // MARK: A tensor and a number

    /// Adds a number to every element.
    public static func + (a: Tensor, s: Float) -> Tensor {
        map(a, s, kernels.add_scalar).recorded(.add, a) { $0 }
    }

    /// Adds a number to every element.
    public static func + (s: Float, a: Tensor) -> Tensor { a + s }

    /// Subtracts a number from every element.
    public static func - (a: Tensor, s: Float) -> Tensor { a + (-s) }

    /// Subtracts every element from a number.
    public static func - (s: Float, a: Tensor) -> Tensor {
        map(a, s, kernels.subtract_from_scalar).recorded(.subtract, a) { -$0 }
    }

    /// Multiplies every element by a number.
    public static func * (a: Tensor, s: Float) -> Tensor {
        map(a, s, kernels.multiply_scalar).recorded(.multiply, a) { $0 * s }
    }

    /// Multiplies every element by a number.
    public static func * (s: Float, a: Tensor) -> Tensor { a * s }

    /// Divides every element by a number.
    public static func / (a: Tensor, s: Float) -> Tensor {
        map(a, s, kernels.divide_scalar).recorded(.divide, a) { $0 / s }
    }

    /// Divides a number by every element. ∂/∂a = −g·s/a².
    public static func / (s: Float, a: Tensor) -> Tensor {
        map(a, s, kernels.divide_scalar_by).recorded(.divide, a) { $0 * (-s) / square(a) }
    }

    /// −x. ∂/∂x = −g.
    public static prefix func - (x: Tensor) -> Tensor {
        map(x, kernels.negate).recorded(.negate, x) { -$0 }
    }

    // MARK: In place

    /// Adds another tensor, which broadcasts to this one.
    public static func += (a: inout Tensor, b: Tensor) { a = a + b }

    /// Subtracts another tensor, which broadcasts to this one.
    public static func -= (a: inout Tensor, b: Tensor) { a = a - b }

    /// Multiplies by another tensor, which broadcasts to this one.
    public static func *= (a: inout Tensor, b: Tensor) { a = a * b }

    /// Divides by another tensor, which broadcasts to this one.
    public static func /= (a: inout Tensor, b: Tensor) { a = a / b }

    /// Multiplies by a number.
    public static func *= (a: inout Tensor, s: Float) { a = a * s }
}

/// a^b, element by element. ∂/∂a = g·b·a^(b−1), ∂/∂b = g·a^b·ln a.
///
/// At the edge the derivatives are their limits, as in PyTorch: that by a is 0 where b is 0, and that
/// by b is 0 where a is 0 and b is not negative.
public func pow(_ a: Tensor, _ b: Tensor) -> Tensor {
    let y = combine(a, b, kernels.power, operation: "pow")
    return y.recorded(
        .power, a, { $0 * (b * pow(a, b - 1)).filled(where: b .== 0, with: 0) },
        b, { $0 * (y * log(a)).filled(where: (a .== 0) * (b .>= 0), with: 0) })
}

/// a^s for one exponent. ∂/∂a = g·s·a^(s−1), and 0 if s is 0.
public func pow(_ a: Tensor, _ s: Float) -> Tensor {
    map(a, s, kernels.power_scalar).recorded(.power, a) {
        s == 0 ? Tensor.zeros(like: $0) : $0 * s * pow(a, s - 1)
    }
}

/// s^a for one base. ∂/∂a = g·s^a·ln s, and 0 where s is 0 and a is not negative.
public func pow(_ s: Float, _ a: Tensor) -> Tensor {
    let y = map(a, s, kernels.scalar_power)
    let logarithm = log(Tensor(s)).item()
    return y.recorded(.power, a) {
        let slope = y * logarithm
        return $0 * (s == 0 ? slope.filled(where: a .>= 0, with: 0) : slope)
    }
}

/// The larger of two elements. The gradient goes to the larger; half to each of equals.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor {
    combine(a, b, kernels.maximum, operation: "maximum")
        .recorded(.maximum, a, { $0 * share(of: a, over: b) }, b, { $0 * share(of: b, over: a) })
}

/// The larger of every element and a number.
public func maximum(_ a: Tensor, _ s: Float) -> Tensor {
    map(a, s, kernels.maximum_scalar).recorded(.maximum, a) { $0 * share(of: a, over: Tensor(s)) }
}

/// The smaller of two elements. The gradient goes to the smaller; half to each of equals.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor {
    combine(a, b, kernels.minimum, operation: "minimum")
        .recorded(.minimum, a, { $0 * share(of: b, over: a) }, b, { $0 * share(of: a, over: b) })
}

/// The smaller of every element and a number.
public func minimum(_ a: Tensor, _ s: Float) -> Tensor {
    map(a, s, kernels.minimum_scalar).recorded(.minimum, a) { $0 * share(of: Tensor(s), over: a) }
}

/// 1 where a > b, ½ where they are equal, else 0.
private func share(of a: Tensor, over b: Tensor) -> Tensor { ((a .> b) + (a .>= b)) * 0.5 }

/// Every element, but no less than `min` and no more than `max`. ∂/∂x = g where x was inside the
/// bounds, else 0.
///
/// - Precondition: `min` is not above `max`.
public func clip(_ x: Tensor, min: Float = -.infinity, max: Float = .infinity) -> Tensor {
    precondition(min <= max, "clip: the bounds \(min) and \(max) are in the wrong order.")
    let y = map(map(x, min, kernels.maximum_scalar), max, kernels.minimum_scalar)
    return y.recorded(.clip, x) { $0 * ((x .>= min) * (x .<= max)) }
}
