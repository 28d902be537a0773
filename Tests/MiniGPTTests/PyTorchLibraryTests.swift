import MiniGPT
import Testing

/// Operations, losses and linear algebra beside PyTorch: values to 1e-5, gradients to 1e-4.
@Suite struct PyTorchLibraryTests {
    let golden: GoldenFile

    init() throws { golden = try GoldenFile("library") }

    /// The value, and the gradients that `dy` as the upstream gradient gives.
    private func check(
        _ unit: String, inputs: String = "a", _ operation: ([Tensor]) throws -> Tensor
    ) rethrows {
        let tensors = inputs.map { golden["\(unit).\($0)"] }
        let value = try operation(tensors)
        let error = relativeError(value, golden["\(unit).y"].reshaped(value.shape))
        #expect(error < 1e-5, "\(unit): the value differs by \(error)")
        guard golden.contains("\(unit).dy") else { return }
        let dy = golden["\(unit).dy"].reshaped(value.shape)
        let (_, gradients) = try valueAndGradients(at: tensors) { try (operation($0) * dy).sum() }
        for (input, gradient) in zip(inputs, gradients) {
            let error = relativeError(gradient, golden["\(unit).d\(input)"])
            #expect(error < 1e-4, "\(unit): d\(input) differs by \(error)")
        }
    }

    private func integers(_ key: String) -> IntTensor {
        let (shape, values) = golden.integers(key)
        return IntTensor(values, shape: shape)
    }

    @Test("Functions of one element")
    func functions() {
        check("rsqrt") { rsqrt($0[0]) }
        check("erf") { erf($0[0]) }
        check("log1p") { log1p($0[0]) }
        check("expm1") { expm1($0[0]) }
        check("softplus") { softplus($0[0]) }
        check("clip") { clip($0[0], min: -1, max: 1.5) }
        check("floor") { floor($0[0]) }
        check("ceil") { ceil($0[0]) }
        check("round") { round($0[0]) }
        check("sign") { sign($0[0]) }
    }

    @Test("Reductions, over several axes too")
    func reductions() {
        check("sumAxes") { $0[0].sum(axes: [0, 2]) }
        check("meanAxes") { $0[0].mean(axes: [0, 1], keepDims: true) }
        check("maxAxes") { $0[0].max(axes: [1, 2]) }
        check("varianceAxes") { $0[0].variance(axes: [0, 2], correction: 1) }
        check("logSumExpAxes") { $0[0].logSumExp(axes: [0, -1]) }
        check("std") { $0[0].std(axis: 1, correction: 1) }
        for zeros in ["", "OfZeros"] {
            check("product\(zeros)") { $0[0].product(axis: 1) }
            check("cumulativeProduct\(zeros)") { $0[0].cumulativeProduct(axis: 1) }
        }
        check("norm") { $0[0].norm(axis: 2) }
        check("norm3") { $0[0].norm(axis: 2, order: 3) }
        check("normAxes") { $0[0].norm(axes: [-1, -2]) }
        check("sorted") { $0[0].sorted(axis: 1) }
        #expect(golden["argSort.a"].argSort(axis: 1) == integers("argSort.y"))
        #expect(golden["argMin.a"].argMin(axis: 1) == integers("argMin.y"))
        check("any") { ($0[0] .> 1).any(axis: 1) }
        check("all") { ($0[0] .> -1).all(axis: 1) }
    }

    @Test("Elements at other places")
    func rearranging() {
        let (places, again) = (integers("places"), integers("again"))
        check("putAlong", inputs: "ab") { $0[0].putAlong(places, values: $0[1]) }
        check("addAlong", inputs: "ab") { $0[0].addAlong(again, values: $0[1]) }
        check("takeAlong") { $0[0].takeAlong(again) }
        check("take") { $0[0].take(again, axis: 1) }
        check("tril") { tril($0[0], k: -1) }
        check("triu") { triu($0[0], k: 1) }
        check("padded") { $0[0].padded([(0, 3), (1, 2)], value: 0.5) }
        check("rolled") { $0[0].rolled(by: 2, axis: 1) }
        check("flipped") { $0[0].flipped(axis: 0) }
        check("repeated") { $0[0].repeated(3, axis: 1) }
        check("tiled") { $0[0].tiled([2, 3]) }
        check("diagonal") { $0[0].diagonal(offset: 1) }
        check("outer", inputs: "ab") { outer($0[0], $0[1]) }
        check("einsum", inputs: "ab") { einsum("bhqd,bhkd->bqhk", $0[0], $0[1]) }
        check("einsumOfThree", inputs: "abc") { einsum("ij,j,jk->k", $0[0], $0[1], $0[2]) }
    }

    @Test("Losses", arguments: [Reduction.mean, .sum, .none])
    func losses(_ reduction: Reduction) {
        check("mse.\(reduction)", inputs: "ab") {
            mseLoss(predictions: $0[0], targets: $0[1], reduction: reduction)
        }
        check("l1.\(reduction)", inputs: "ab") {
            l1Loss(predictions: $0[0], targets: $0[1], reduction: reduction)
        }
        check("huber.\(reduction)", inputs: "ab") {
            huberLoss(predictions: $0[0], targets: $0[1], delta: 0.7, reduction: reduction)
        }
        check("binaryCrossEntropy.\(reduction)", inputs: "ab") {
            binaryCrossEntropy(logits: $0[0], targets: $0[1], reduction: reduction)
        }
        let probabilities = golden["klDivergence.\(reduction).targets"]
        check("klDivergence.\(reduction)") {
            klDivergence(
                logProbabilities: $0[0], targets: probabilities, reduction: reduction)
        }
        let (labels, weights) = (integers("labels"), golden["classWeights"])
        for (name, weights, smoothing) in [
            ("plain", nil, Float(0)), ("weights", weights, 0), ("smoothing", nil, 0.1),
            ("both", weights, 0.3),
        ] {
            check("crossEntropy.\(name).\(reduction)") {
                crossEntropy(
                    logits: $0[0], labels: labels, weights: weights, labelSmoothing: smoothing,
                    ignoring: -1, reduction: reduction)
            }
        }
    }

    @Test("Linear algebra, in batches too")
    func linearAlgebra() throws {
        try check("solve", inputs: "ab") { try solve($0[0], $0[1]) }
        try check("inverse") { try inverse($0[0]) }
        try check("determinant") { try determinant($0[0]) }
        try check("solveLower", inputs: "ab") { try solveTriangular($0[0], $0[1]) }
        try check("solveUpper", inputs: "ab") { try solveTriangular($0[0], $0[1], upper: true) }
        try check("cholesky") { try cholesky($0[0]) }
        try check("leastSquares", inputs: "ab") { try leastSquares($0[0], $0[1]) }
        try check("symmetricEigen") {
            let (values, vectors) = try symmetricEigen($0[0] + $0[0].T)
            return concatenated([values, abs(vectors).flattened()])
        }
    }

    @Test("Factors of tall, square and wide matrices", arguments: ["5x3", "3x3", "3x5"])
    func factors(_ shape: String) throws {
        try check("qr.\(shape)") {
            let (q, r) = try qr($0[0])
            let signs = sign(r.diagonal().detached())
            return concatenated([
                (q * signs).flattened(), (r * signs.expandedDimensions(axis: 1)).flattened(),
            ])
        }
        try check("svd.values.\(shape)") { try svd($0[0]).s }
        try check("svd.vectors.\(shape)") {
            let (u, _, vT) = try svd($0[0])
            return concatenated([abs(u).flattened(), abs(vT).flattened()])
        }
    }
}
