import MiniGPT

/// A linear regression three ways: by least squares, by QR and its triangle, and by gradient descent.
///
/// The data are y = 3·x₁ − 2·x₂ + 0.5 with a little noise; all three find the same line.
@main
enum LinearRegression {
    static func main() throws {
        var random = SplitMix64(seed: 7)
        let points = Tensor.uniform([200, 2], in: -1..<1, using: &random)
        let noise = Tensor.normal([200], standardDeviation: 0.05, using: &random)
        let targets = matmul(points, Tensor([3, -2])) + 0.5 + noise

        // A column of ones makes the offset one more weight.
        let inputs = concatenated([points, Tensor.ones([200, 1])], axis: 1)

        let direct = try leastSquares(inputs, targets)
        show("least squares", direct, inputs, targets)

        // |q·r·w − y| is smallest where r·w = qᵀ·y: one triangle to solve.
        let (q, r) = try qr(inputs)
        let byFactors = try solveTriangular(r, matmul(q.T, targets), upper: true)
        show("QR", byFactors, inputs, targets)

        var weights = Tensor.zeros([3])
        for step in 0..<300 {
            let (loss, gradient) = valueAndGradient(at: weights) {
                mseLoss(predictions: matmul(inputs, $0), targets: targets)
            }
            weights -= gradient * 0.5
            if step % 100 == 0 { print("step \(step): loss \(loss.item())") }
        }
        show("gradient descent", weights, inputs, targets)
    }

    /// Prints the weights and the share of the variance that they explain.
    private static func show(_ name: String, _ weights: Tensor, _ inputs: Tensor, _ targets: Tensor)
    {
        let rest = mseLoss(predictions: matmul(inputs, weights), targets: targets)
        let explained = 1 - rest.item() / targets.variance().item()
        print("\(name): \(weights.scalars), R² \(explained)")
    }
}
