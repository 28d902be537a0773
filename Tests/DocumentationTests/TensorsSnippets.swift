import Foundation
import MiniGPT
import Testing

@Suite("Documentation/TensorsAndGradients.md")
struct TensorsSnippets {
    @Test("Tensors are made, looked at and computed with")
    func tensors() throws {
        do {
            // snippet: Documentation/TensorsAndGradients.md 1
            let x: Tensor = [[1, 2, 3], [4, 5, 6]]
            let rows: [[Float]] = [[0.5, 1], [2, 4]]
            let table = Tensor(rows)
            var random = SplitMix64(seed: 42)
            let noise = Tensor.normal([2, 3], standardDeviation: 0.1, using: &random)
            print(x.shape, x.rank, x.count)  // [2, 3] 2 6
            print((x + noise).scalars)  // the elements as [Float], row by row
            print(x[1, 2].item())  // 6.0
            // end of snippet
            #expect(table.shape == [2, 2])
        }
        do {
            // snippet: Documentation/TensorsAndGradients.md 2
            let x = Tensor(0..<12, shape: [3, 4])
            print(x[0])  // the first row
            print(x[.all, -1])  // the last column
            print(x[1..., ..<2].T)  // transposed: still the same memory
            print(x[.stride(by: -1)].strides)  // [-4, 1]
            var y = x
            y[0] = Tensor(9)  // x stays as it was
            // end of snippet
            #expect(x[.stride(by: -1)].strides == [-4, 1])
            #expect(x[0, 0].item() == 0 && y[0, 3].item() == 9)

            // snippet: Documentation/TensorsAndGradients.md 3
            let mean = x.mean(axis: 0, keepDims: true)
            let deviation = x.std(axis: 0, keepDims: true)
            let normalized = (x - mean) / (deviation + 1e-5)
            let whole = normalized.sum(axes: [0, 1])
            let scores = softmax(matmul(normalized, normalized.T), axis: -1)
            let weighted = einsum("ij,jk->ik", scores, normalized)
            // end of snippet
            #expect(Swift.abs(whole.item()) < 1e-4 && weighted.shape == [3, 4])
        }
        // snippet: Documentation/TensorsAndGradients.md 4
        let logits: Tensor = [[2, 0, 1], [0, 3, 1]]
        let labels: IntTensor = [0, 2]
        let loss = crossEntropy(logits: logits, labels: labels)
        let accuracy = (logits.argMax(axis: -1) .== labels).mean().item()
        let chosen = logits.takeAlong(labels.expandedDimensions(axis: -1))
        let capped = logits.filled(where: logits .> 1, with: 1)
        // end of snippet
        #expect(loss.item() > 0 && accuracy == 0.5)
        #expect(chosen.scalars == [2, 1] && capped.scalars == [1, 0, 1, 0, 1, 1])
    }

    @Test("Functions and models have gradients; equations are solved; tensors are files")
    func gradients() throws {
        var random = SplitMix64(seed: 1)
        // snippet: Documentation/TensorsAndGradients.md 5
        let slope = gradient(at: Tensor([1, 2, 3])) { ($0 * $0).sum() }  // [2, 4, 6]

        var weight = Tensor.zeros([2])
        let inputs: Tensor = [[1, 2], [3, 1], [2, 2]]
        let targets = Tensor([5, 5, 6])
        for _ in 0..<200 {
            let (_, gradient) = valueAndGradient(at: weight) {
                mseLoss(predictions: matmul(inputs, $0), targets: targets)
            }
            weight -= gradient * 0.1
        }
        // end of snippet
        #expect(slope.scalars == [2, 4, 6])
        #expect(abs(weight - Tensor([1, 2])).max().item() < 0.01)

        // snippet: Documentation/TensorsAndGradients.md 6
        var layer = Linear(2, 1, using: &random)
        var optimizer = AdamW(learningRate: 0.05)
        for _ in 0..<100 {
            let (loss, gradients) = valueAndGradients(of: layer) {
                mseLoss(predictions: $0(inputs).squeezed(axis: -1), targets: targets)
            }
            optimizer.update(&layer, along: gradients.clipped(toNorm: 1))
            if loss < 1e-3 { break }
        }
        // end of snippet
        #expect(optimizer.step > 0)

        // snippet: Documentation/TensorsAndGradients.md 7
        let a: Tensor = [[4, 1], [1, 3]]
        let b = Tensor([1, 2])
        let l = try cholesky(a)
        let solution = try solveTriangular(l.T, solveTriangular(l, b), upper: true)
        let same = try solve(a, b)
        let volume = try gradient(at: a) { try determinant($0) }  // the cofactors
        let fit = try leastSquares(inputs, targets)
        let (u, s, vT) = try svd(inputs)
        // end of snippet
        #expect(abs(solution - same).max().item() < 1e-6)
        #expect(abs(volume - Tensor([[3, -1], [-1, 4]])).max().item() < 1e-5)
        #expect(abs(fit - Tensor([1, 2])).max().item() < 1e-5)
        #expect(abs(matmul(u * s, vT) - inputs).max().item() < 1e-5)

        try withFolder { place in
            func folder(_ name: String) -> URL { place.appendingPathComponent(name) }
            let x = inputs
            // snippet: Documentation/TensorsAndGradients.md 8
            try x.save(to: folder("x.npy"))
            try x.save(to: folder("x.safetensors"))
            let again = try Tensor.load(from: folder("x.npy"))
            // end of snippet
            #expect(again.scalars == x.scalars && again.shape == x.shape)
        }
    }
}
