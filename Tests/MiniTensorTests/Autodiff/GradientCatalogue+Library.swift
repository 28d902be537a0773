@testable import MiniTensor

/// Operations that people expect of a library of tensors.
extension GradientCatalogue {
    mutating func addLibrary() {
        addFunctions()
        addRearranging()
        addOverAxes()
        addEinsum()
    }

    private mutating func addFunctions() {
        add(.rsqrt, "", .positive(3, 4)) { rsqrt($0[0]) }
        add(.erf, "", .smooth(3, 4)) { erf($0[0] * 2) }
        add(.log1p, "", .positive(3, 4)) { log1p($0[0]) }
        add(.expm1, "", .smooth(3, 4)) { expm1($0[0]) }
        add(.softplus, "", .smooth(3, 4)) { softplus($0[0] * 3) }
        // 0, 1, 2, … plus at most 1: the first lie inside the bounds, the others outside.
        let steps = Tensor(0..<12, shape: [3, 4]) * 3
        add(.clip, "", .smooth(3, 4)) { clip($0[0] + steps, min: 4.5, max: 19.5) }
    }

    private mutating func addRearranging() {
        let columns: IntTensor = [[2, 0, 0], [1, -3, 1]]
        add(.putAlong, "", .smooth(2, 4), .smooth(2, 3)) {
            $0[0].putAlong(columns, values: $0[1])
        }
        add(.putAlong, "the first axis, one value", .smooth(4, 2), .smooth()) {
            $0[0].putAlong(columns.T, values: $0[1], axis: 0)
        }
        add(.addAlong, "", .smooth(2, 4), .smooth(2, 3)) {
            $0[0].addAlong(columns, values: $0[1])
        }
        add(.addAlong, "the first axis, one row of values", .smooth(4, 2), .smooth(3, 1)) {
            $0[0].addAlong(columns.T, values: $0[1], axis: 0)
        }
        let places: IntTensor = [[3, 0], [-1, 1]]
        add(.takeRows, "at a matrix of places", .smooth(2, 4, 3)) {
            $0[0].take(places, axis: 1)
        }
        add(.takeAlong, "sorted", .distinct(3, 4)) { $0[0].sorted(axis: 0) }
        add(.pad, "", .smooth(2, 3)) { $0[0].padded([(1, 0), (0, 2)], value: 5) }
        add(.slice, "flipped", .smooth(2, 3)) { $0[0].flipped(axis: 0) }
        add(.slice, "diagonal", .smooth(2, 3, 4)) { $0[0].diagonal(offset: 1) }
        add(.concatenate, "rolled", .smooth(2, 5)) { $0[0].rolled(by: -2) }
        add(.concatenate, "tiled", .smooth(2, 3)) { $0[0].tiled([2, 1, 2]) }
        add(.broadcast, "repeated", .smooth(2, 3)) { $0[0].repeated(3, axis: 0) }
        add(.select, "triangles", .smooth(2, 3, 4)) { tril($0[0]) + triu($0[0], k: 1) * 2 }
        add(.multiply, "outer", .smooth(3), .smooth(4)) { outer($0[0], $0[1]) }
    }

    private mutating func addOverAxes() {
        for axes in [[0, 2], [-1, 0, 1], [1], []] {
            for keepDims in [false, true] {
                let name = "axes \(axes) \(keepDims)"
                add(.sum, name, .smooth(2, 3, 4)) { $0[0].sum(axes: axes, keepDims: keepDims) }
                add(.product, name, .positive(2, 3, 2)) {
                    $0[0].product(axes: axes, keepDims: keepDims)
                }
                add(.norm, name, .positive(2, 3, 2)) {
                    $0[0].norm(axes: axes, keepDims: keepDims)
                }
            }
        }
        add(.variance, "two axes", .smooth(2, 3, 4)) {
            $0[0].variance(axes: [0, 2], correction: 1)
        }
        add(.squareRoot, "std", .varied(3, 8)) { $0[0].std(axis: 1) }
        let zeros = Tensor([1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1], shape: [3, 4])
        for axis in 0..<2 {
            add(.cumulativeProduct, "axis \(axis)", .smooth(2, 3, 4)) {
                $0[0].cumulativeProduct(axis: axis)
            }
            add(.cumulativeProduct, "zeros, axis \(axis)", .smooth(3, 4)) {
                ($0[0] * zeros).cumulativeProduct(axis: axis)
            }
            add(.product, "zeros, axis \(axis)", .smooth(3, 4)) {
                ($0[0] * zeros).product(axis: axis)
            }
        }
        add(.product, "all", .positive(2, 3)) { $0[0].product() }
        for order in [1, 3, Float.infinity] {
            add(.absolute, "norm of order \(order)", .distinct(3, 4)) {
                ($0[0] + 5).norm(axis: 1, order: order)
            }
        }
    }

    private mutating func addEinsum() {
        add(.matmul, "einsum, a product", .smooth(2, 3), .smooth(3, 4)) {
            einsum("ij,jk->ik", $0[0], $0[1])
        }
        add(.matmul, "einsum, heads", .smooth(2, 3, 2, 4), .smooth(2, 3, 2, 4)) {
            einsum("bqhd,bkhd->bhqk", $0[0], $0[1])
        }
        add(.matmul, "einsum, three", .smooth(3), .smooth(3, 4), .smooth(4)) {
            einsum("i,ij,j", $0[0], $0[1], $0[2])
        }
        add(.sum, "einsum, a trace", .smooth(3, 3)) { einsum("ii", $0[0]) }
        add(.matmul, "einsum, leading axes", .smooth(2, 3, 4), .smooth(4, 2)) {
            einsum("...i,io->o...", $0[0], $0[1])
        }
    }

    mutating func addCrossEntropies() {
        let labels: IntTensor = [[1, 0, 4], [-1, 3, 3]]
        let weights = Tensor([1, 2, 0.5, 3, 0.25])
        for reduction in [Reduction.mean, .sum, .none] {
            for smoothing in [Float(0), 0.2] {
                add(.crossEntropy, "labels \(reduction) \(smoothing)", .smooth(2, 3, 5)) {
                    crossEntropy(
                        logits: $0[0], labels: labels, weights: smoothing > 0 ? weights : nil,
                        labelSmoothing: smoothing, ignoring: -1, reduction: reduction)
                }
            }
        }
        add(.crossEntropy, "class weights", .smooth(2, 3, 5)) {
            crossEntropy(logits: $0[0], labels: labels, weights: weights, ignoring: -1)
        }
        add(.crossEntropy, "of a linear layer, each", .smooth(2, 3, 4), .smooth(5, 4)) {
            linearCrossEntropy(
                $0[0], weight: $0[1], targets: TokenBatch(labels), reduction: .none)
        }
    }
}
