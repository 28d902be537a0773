import CMiniKernels

/// eˣ / Σ eˣ along an axis: numbers between 0 and 1 that add up to 1.
///
/// ∂/∂x = y·(g − Σ g·y).
public func softmax(_ x: Tensor, axis: Int = -1) -> Tensor {
    alongAxis(x, axis, .softmax) { row, output, width in
        _ = kernels.softmax(row, 1, output, width)
    } gradient: { y, gradient, output, width in
        kernels.softmax_gradient(y, gradient, 1, output, width)
    }
}

/// The logarithm of `softmax`, without its loss of digits. ∂/∂x = g − eʸ·Σ g.
public func logSoftmax(_ x: Tensor, axis: Int = -1) -> Tensor {
    alongAxis(x, axis, .logSoftmax) { row, output, width in
        _ = kernels.log_softmax(row, 1, output, width)
    } gradient: { y, gradient, output, width in
        kernels.exp(y, output, width)
        let total = kernels.sum(gradient, width)
        kernels.multiply_scalar(output, -total, output, width)
        kernels.scale_add(1, gradient, 1, output, width)
    }
}

/// Applies a function of rows along any axis, with a derivative that is also one of rows.
private func alongAxis(
    _ x: Tensor, _ axis: Int, _ kind: OperationKind,
    forward: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void,
    gradient backward:
        @escaping @Sendable (
            _ y: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
            _ output: UnsafeMutablePointer<Float>, Int
        ) -> Void
) -> Tensor {
    let position = x.layout.shape.axis(axis)
    if position != x.rank - 1 {
        return alongAxis(
            x.swappedAxes(position, -1), -1, kind, forward: forward, gradient: backward
        ).swappedAxes(position, -1)
    }
    let (source, shape) = (x.contiguous(), x.layout.shape)
    let width = x.dim(-1)
    precondition(
        width > 0, "\(kind.rawValue) along an axis of no elements; the shape is \(x.shape).")
    let rows = x.count / width
    let grain = Tuning.current.passes.rows(
        of: width, elements: Tuning.current.passes.softmaxElements)
    let y = make(x.layout.shape) { output in
        source.reading { input in
            forEachChunk(of: rows, grain: grain) { range in
                for row in range { forward(input + row * width, output + row * width, width) }
            }
        }
    }
    return y.recorded(kind, x) { gradient in
        reading(y, gradient.contiguous()) { y, gradient in
            make(shape) { output in
                forEachChunk(of: rows, grain: grain) { range in
                    for row in range {
                        let start = row * width
                        backward(y + start, gradient + start, output + start, width)
                    }
                }
            }
        }
    }
}
