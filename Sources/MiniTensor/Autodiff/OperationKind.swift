/// Every differentiable operation there is.
///
/// The tests walk over all cases: an operation without a gradient check fails them.
public enum OperationKind: String, CaseIterable, Sendable {
    // Arithmetic
    case add, subtract, multiply, divide, power, maximum, minimum, negate
    // Element by element
    case absolute, square, reciprocal, squareRoot, exp, log, sin, cos, tanh, sigmoid, relu, gelu
    case geluApproximate, select, clip, rsqrt, erf, log1p, expm1, softplus
    // Shape
    case reshape, permute, broadcast, slice, concatenate, takeRows, takeAlong
    case putAlong, addAlong, pad
    // Reductions
    case sum, mean, variance, max, min, logSumExp, cumulativeSum, product, cumulativeProduct, norm
    // Softmax
    case softmax, logSoftmax
    // Matrices
    case matmul, linear, linearGELU, linearResidual
    // Linear algebra
    case solve, solveTriangular, determinant, leastSquares, cholesky, qr, symmetricEigen, svd
    // Parts of a transformer
    case rmsNorm, silu, swiGLU, rotary
    case layerNorm, attention, selfAttention, crossEntropy, linearCrossEntropy, dropout
    // Anything, recomputed when its gradient is needed
    case recomputed
    // Anything with a derivative of the user's
    case custom
}
