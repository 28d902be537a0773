@testable import MiniTensor

/// The gradient checks of all operations.
struct GradientCatalogue: Sendable {
    private(set) var checks: [OperationKind: [GradientCheck]] = [:]

    static let all: GradientCatalogue = {
        var catalogue = GradientCatalogue()
        catalogue.addArithmetic()
        catalogue.addElementwise()
        catalogue.addShapes()
        catalogue.addReductions()
        catalogue.addMatrices()
        catalogue.addLibrary()
        catalogue.addLinearAlgebra()
        catalogue.addCrossEntropies()
        catalogue.addTransformerParts()
        catalogue.addDecoderParts()
        return catalogue
    }()

    mutating func add(
        _ kind: OperationKind, _ name: String, _ inputs: CheckInput...,
        function: @escaping @Sendable ([Tensor]) -> Tensor
    ) {
        checks[kind, default: []].append(
            GradientCheck(name: "\(kind) \(name)", inputs: inputs, function: function))
    }
}

/// −3, 3, −3, … which keeps numbers between −1 and 1 away from a kink at 0, on both sides.
private func sides(_ shape: [Int]) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { $0.isMultiple(of: 2) ? -3 : 3 }, shape: shape)
}

// MARK: - Arithmetic and functions of one element

extension GradientCatalogue {
    private mutating func addArithmetic() {
        add(.add, "one shape", .smooth(3, 4), .smooth(3, 4)) { $0[0] + $0[1] }
        add(.add, "broadcast", .smooth(3, 1, 2), .smooth(4, 1)) { $0[0] + $0[1] }
        add(.add, "scalar", .smooth(), .smooth(5)) { $0[0] + $0[1] }
        add(.add, "number", .smooth(2, 3)) { 2 + $0[0] + 1 }
        add(.add, "itself", .smooth(2, 3)) { $0[0] + $0[0] }
        add(.subtract, "broadcast", .smooth(4), .smooth(3, 4)) { $0[0] - $0[1] }
        add(.subtract, "from a number", .smooth(2, 3)) { 2 - $0[0] }
        add(.multiply, "one shape", .smooth(2, 3), .smooth(2, 3)) { $0[0] * $0[1] }
        add(.multiply, "broadcast", .smooth(2, 1, 3), .smooth(4, 1)) { $0[0] * $0[1] }
        add(.multiply, "number", .smooth(7)) { 3 * $0[0] * -0.5 }
        add(.multiply, "itself", .smooth(2, 3)) { $0[0] * $0[0] }
        add(.divide, "broadcast", .smooth(3, 4), .positive(3, 1)) { $0[0] / $0[1] }
        add(.divide, "by a number", .smooth(4)) { $0[0] / 3 }
        add(.divide, "of a number", .positive(4)) { 3 / $0[0] }
        add(.power, "two tensors", .positive(2, 3), .smooth(3)) { pow($0[0], $0[1]) }
        add(.power, "exponent", .positive(2, 3)) { pow($0[0], 2.5) }
        add(.power, "whole exponent of negative numbers", .smooth(2, 3)) { pow($0[0], 3) }
        add(.power, "base", .smooth(2, 3)) { pow(2.5, $0[0]) }
        add(.maximum, "two tensors", .smooth(3, 4), .smooth(4)) {
            maximum($0[0] + sides([3, 4]), $0[1])
        }
        add(.maximum, "number", .smooth(3, 4)) { maximum($0[0] + sides([3, 4]), 0.5) }
        add(.minimum, "two tensors", .smooth(3, 4), .smooth(4)) {
            minimum($0[0] + sides([3, 4]), $0[1])
        }
        add(.minimum, "number", .smooth(3, 4)) { minimum($0[0] + sides([3, 4]), -0.5) }
        add(.negate, "", .smooth(2, 3)) { -$0[0] }
        let mask = Tensor([1, 0, 2, 0, -1, 0], shape: [2, 3])
        add(.select, "one shape", .smooth(2, 3), .smooth(2, 3)) { `where`(mask, $0[0], $0[1]) }
        add(.select, "broadcast", .smooth(2, 1), .smooth(4, 1, 3)) { `where`(mask, $0[0], $0[1]) }
        add(.select, "filled", .smooth(2, 3)) { $0[0].filled(where: mask, with: 7) }
    }

    private mutating func addElementwise() {
        add(.absolute, "", .smooth(3, 4)) { MiniTensor.abs($0[0] + sides([3, 4])) }
        add(.square, "", .smooth(3, 4)) { square($0[0]) }
        add(.reciprocal, "", .positive(3, 4)) { reciprocal($0[0]) }
        add(.squareRoot, "", .positive(3, 4)) { MiniTensor.sqrt($0[0]) }
        add(.exp, "", .smooth(3, 4)) { MiniTensor.exp($0[0]) }
        add(.log, "", .positive(3, 4)) { MiniTensor.log($0[0]) }
        add(.sin, "", .smooth(3, 4)) { MiniTensor.sin($0[0] * 3) }
        add(.cos, "", .smooth(3, 4)) { MiniTensor.cos($0[0] * 3) }
        add(.tanh, "", .smooth(3, 4)) { MiniTensor.tanh($0[0] * 2) }
        add(.sigmoid, "", .smooth(3, 4)) { sigmoid($0[0] * 2) }
        add(.relu, "", .smooth(3, 4)) { relu($0[0] + sides([3, 4])) }
        add(.gelu, "", .smooth(3, 17)) { gelu($0[0] * 2) }
        add(.geluApproximate, "", .smooth(3, 17)) { geluApproximate($0[0] * 2) }
        add(.dropout, "", .smooth(4, 6)) { dropout($0[0], p: 0.4, seed: 9) }
    }
}

// MARK: - Shapes

extension GradientCatalogue {
    private mutating func addShapes() {
        add(.reshape, "", .smooth(2, 6)) { $0[0].reshaped(3, -1) }
        add(.reshape, "of a transpose", .smooth(2, 3, 2)) { $0[0].transposed().reshaped(12) }
        add(.reshape, "squeezed", .smooth(3, 1, 2)) { $0[0].squeezed(axis: 1) }
        add(.reshape, "expanded", .smooth(3, 2)) { $0[0].expandedDimensions(axis: 1) }
        add(.permute, "transposed", .smooth(2, 3, 4)) { $0[0].transposed() }
        add(.permute, "a cycle", .smooth(2, 3, 4)) { $0[0].transposed(1, 2, 0) }
        add(.permute, "two axes", .smooth(2, 3, 4)) { $0[0].swappedAxes(0, 1).T }
        add(.broadcast, "", .smooth(3, 1)) { $0[0].broadcast(to: [2, 3, 4]) }
        add(.broadcast, "scalar", .smooth()) { $0[0].broadcast(to: [2, 2]) }
        add(.slice, "range", .smooth(5, 3)) { $0[0][1..<4] }
        add(.slice, "steps", .smooth(5, 4)) { $0[0][.stride(by: 2), .stride(by: -3)] }
        add(.slice, "positions", .smooth(3, 4, 2)) { $0[0][1, .ellipsis, .newAxis, -1] }
        add(.slice, "overlapping", .smooth(6)) { $0[0][..<4] * $0[0][2...] + $0[0][1..<5] }
        add(.slice, "split", .smooth(2, 6)) {
            let parts = $0[0].split(parts: 3, axis: 1)
            return parts[0] * parts[2] - parts[1]
        }
        add(.concatenate, "rows", .smooth(2, 3), .smooth(1, 3)) { concatenated([$0[0], $0[1]]) }
        add(.concatenate, "columns", .smooth(2, 3), .smooth(2, 2)) {
            concatenated([$0[0], $0[1], $0[0]], axis: 1)
        }
        add(.concatenate, "stacked", .smooth(2, 3), .smooth(2, 3)) {
            stacked([$0[0], $0[1]], axis: -1)
        }
        // The part of the joined gradient that belongs to an input starts inside it; a slice of
        // the input, recorded before, then adds to that part.
        add(.concatenate, "after a slice", .smooth(3, 2)) {
            let slice = $0[0][1...]
            return concatenated([Tensor.ones([2, 2]), $0[0]])[1...].sum(axis: 0) + slice
        }
        let ids: TokenBatch = [[0, 4, 2], [2, 2, 0]]
        add(.takeRows, "by id", .smooth(5, 3)) { $0[0].rows(ids) }
        add(.takeRows, "along an axis", .smooth(2, 4, 3)) { $0[0].take([3, 0, 0], axis: 1) }
        let places: IntTensor = [[2, 0, 0], [1, -3, 1]]
        add(.takeAlong, "the last axis", .smooth(2, 4)) { $0[0].takeAlong(places) }
        add(.takeAlong, "the first axis", .smooth(3, 2)) {
            $0[0].takeAlong([[2, 1], [0, -3], [0, 1]], axis: 0)
        }
        add(.takeAlong, "top k", .distinct(3, 5)) { $0[0].topK(2).values }
    }

    private mutating func addReductions() {
        for axis in [nil, 0, 1, -1] {
            for keepDims in [false, true] {
                let name = "axis \(axis.map(String.init) ?? "all") \(keepDims)"
                add(.sum, name, .smooth(2, 3, 4)) { $0[0].sum(axis: axis, keepDims: keepDims) }
                add(.mean, name, .smooth(2, 3, 4)) { $0[0].mean(axis: axis, keepDims: keepDims) }
                add(.variance, name, .smooth(2, 3, 4)) {
                    $0[0].variance(axis: axis, correction: keepDims ? 1 : 0, keepDims: keepDims)
                }
                add(.max, name, .distinct(2, 3, 4)) { $0[0].max(axis: axis, keepDims: keepDims) }
                add(.min, name, .distinct(2, 3, 4)) { $0[0].min(axis: axis, keepDims: keepDims) }
                add(.logSumExp, name, .smooth(2, 3, 4)) {
                    $0[0].logSumExp(axis: axis, keepDims: keepDims)
                }
            }
        }
        for axis in 0..<3 {
            add(.cumulativeSum, "axis \(axis)", .smooth(2, 3, 4)) {
                $0[0].cumulativeSum(axis: axis)
            }
            add(.softmax, "axis \(axis)", .smooth(2, 3, 4)) { softmax($0[0] * 3, axis: axis) }
            add(.logSoftmax, "axis \(axis)", .smooth(2, 3, 4)) { logSoftmax($0[0] * 3, axis: axis) }
        }
        add(.sum, "nothing", .smooth(0, 3)) { $0[0].sum(axis: 0) }
        add(.sum, "a scalar", .smooth()) { $0[0].sum() }
    }
}

// MARK: - Matrices and the parts of a transformer

extension GradientCatalogue {
    private mutating func addMatrices() {
        add(.matmul, "two matrices", .smooth(2, 3), .smooth(3, 4)) { matmul($0[0], $0[1]) }
        add(.matmul, "batches", .smooth(2, 2, 3), .smooth(2, 3, 2)) { matmul($0[0], $0[1]) }
        add(.matmul, "a batch and a matrix", .smooth(2, 2, 3), .smooth(3, 2)) {
            matmul($0[0], $0[1])
        }
        add(.matmul, "broadcast batches", .smooth(2, 1, 2, 3), .smooth(3, 3, 2)) {
            matmul($0[0], $0[1])
        }
        add(.matmul, "vectors", .smooth(5), .smooth(5)) { matmul($0[0], $0[1]) }
        add(.matmul, "a row", .smooth(3), .smooth(2, 3, 4)) { matmul($0[0], $0[1]) }
        add(.matmul, "a column", .smooth(2, 4, 3), .smooth(3)) { matmul($0[0], $0[1]) }
        add(.matmul, "itself", .smooth(3, 3)) { matmul($0[0], $0[0].T) }
        add(.linear, "bias", .smooth(2, 3, 4), .smooth(5, 4), .smooth(5)) {
            linear($0[0], weight: $0[1], bias: $0[2])
        }
        add(.linear, "no bias", .smooth(3, 4), .smooth(2, 4)) { linear($0[0], weight: $0[1]) }
        add(.linear, "a vector", .smooth(4), .smooth(3, 4), .smooth(3)) {
            linear($0[0], weight: $0[1], bias: $0[2])
        }
        add(.linear, "one weight twice", .smooth(2, 3), .smooth(3, 3), .smooth(3)) {
            linear(linear($0[0], weight: $0[1], bias: $0[2]), weight: $0[1], bias: $0[2])
        }
        add(.linear, "itself", .smooth(3, 4)) { linear($0[0], weight: $0[0]) }
        for activation in [Activation.gelu, .geluApproximate] {
            add(.linearGELU, "\(activation)", .smooth(2, 3, 4), .smooth(5, 4), .smooth(5)) {
                linear($0[0], weight: $0[1], bias: $0[2], activation: activation)
            }
            add(.linearGELU, "\(activation), no bias", .smooth(3, 4), .smooth(2, 4)) {
                linear($0[0], weight: $0[1], activation: activation)
            }
        }
        add(.linearResidual, "bias", .smooth(2, 4), .smooth(3, 4), .smooth(3), .smooth(2, 3)) {
            linear($0[0], weight: $0[1], bias: $0[2], addingTo: $0[3])
        }
        add(.linearResidual, "the input is the residual", .smooth(2, 3), .smooth(3, 3)) {
            linear($0[0], weight: $0[1], bias: nil, addingTo: $0[0])
        }
    }

    private mutating func addTransformerParts() {
        add(.recomputed, "a product", .smooth(3, 4), .smooth(4, 2)) {
            recomputed($0) { matmul($0[0], $0[1]) }
        }
        add(.recomputed, "one input twice, one not at all", .smooth(2, 3), .smooth(5)) {
            recomputed($0) { $0[0] * tanh($0[0]) } + $0[1].sum()
        }
        add(.custom, "two inputs", .smooth(3, 4), .smooth(3, 4)) {
            customDerivative(of: $0) {
                (result: $0[0] * $0[1] + $0[0], saved: ($0[0], $0[1]))
            } backward: { gradient, saved in
                [gradient * (saved.1 + 1), gradient * saved.0]
            }
        }
        add(.custom, "one input", .smooth(2, 5)) {
            customDerivative(of: $0[0]) {
                let y = tanh($0)
                return (result: y, saved: y)
            } backward: { gradient, y in
                gradient * (1 - square(y))
            }
        }
        add(.layerNorm, "weight and bias", .varied(2, 3, 8), .smooth(8), .smooth(8)) {
            layerNorm($0[0], weight: $0[1], bias: $0[2])
        }
        add(.layerNorm, "plain", .varied(5, 19)) { layerNorm($0[0], eps: 0.1) }
        add(.layerNorm, "weight", .varied(5, 6), .smooth(6)) {
            layerNorm($0[0], weight: $0[1], eps: 0.01)
        }
        for mask in [AttentionMask.none, .causal] {
            add(
                .attention, "\(mask), longer keys", .smooth(1, 2, 3, 4), .smooth(1, 2, 5, 4),
                .smooth(1, 2, 5, 4)
            ) {
                scaledDotProductAttention(queries: $0[0], keys: $0[1], values: $0[2], mask: mask)
            }
            add(
                .attention, "\(mask), longer queries", .smooth(2, 1, 4, 3), .smooth(2, 1, 2, 3),
                .smooth(2, 1, 2, 3)
            ) {
                scaledDotProductAttention(
                    queries: $0[0], keys: $0[1], values: $0[2], scale: 0.7, mask: mask)
            }
            add(.attention, "\(mask), one tensor", .smooth(1, 2, 3, 2)) {
                scaledDotProductAttention(queries: $0[0], keys: $0[0], values: $0[0], mask: mask)
            }
            add(.selfAttention, "\(mask)", .smooth(2, 4, 12)) {
                selfAttention($0[0], heads: 2, mask: mask)
            }
            add(.selfAttention, "\(mask), several strips", .smooth(1, 70, 6)) {
                selfAttention($0[0], heads: 1, mask: mask)
            }
        }
        let targets: TokenBatch = [[1, 0, 4], [-1, 3, 3]]
        for reduction in [Reduction.mean, .sum] {
            add(.crossEntropy, "\(reduction)", .smooth(2, 3, 5)) {
                crossEntropy(logits: $0[0], targets: targets, reduction: reduction)
            }
            add(.linearCrossEntropy, "\(reduction)", .smooth(2, 3, 4), .smooth(5, 4)) {
                linearCrossEntropy($0[0], weight: $0[1], targets: targets, reduction: reduction)
            }
        }
        add(.crossEntropy, "rows", .smooth(6, 5)) {
            crossEntropy(logits: $0[0], targets: targets, ignoring: -1)
        }
    }
}
