import Benchmark
import MiniGPT
import Registration
import Workloads

/// Every fused operation at the shapes of the course model, and next to it the same numbers made of
/// single operations. The work counted is that of the fused one, so their figures compare directly.
let benchmarks: @Sendable () -> Void = {
    linearKernels()
    rowKernels()
    lossKernels()
    attentionKernels()
    optimizerKernels()
}

/// The course model's.
enum Course {
    static let tokens = 4_096
    static let width = 256
    static let vocabulary = 5_000

    /// Random numbers, the same in every run.
    static func random(_ shape: Int...) -> Tensor {
        var generator = SplitMix64(seed: 11)
        return Tensor.normal(shape, standardDeviation: 0.1, using: &generator)
    }
}

private func linearKernels() {
    let (tokens, width) = (Course.tokens, Course.width)
    let hidden = 4 * width
    let operations = 2 * Double(tokens * width * hidden)
    let (forward, backward) = (Work(operations: operations), Work(operations: 2 * operations))
    let up = {
        [Course.random(tokens, width), Course.random(hidden, width), Course.random(hidden)]
    }
    register("linear-gelu-fused", forward: forward, backward: backward, inputs: up) {
        linear($0[0], weight: $0[1], bias: $0[2], activation: .geluApproximate)
    }
    register("linear-gelu-unfused", forward: forward, backward: backward, inputs: up) {
        geluApproximate(matmul($0[0], $0[1].T) + $0[2])
    }
    let down = {
        [
            Course.random(tokens, hidden), Course.random(width, hidden), Course.random(width),
            Course.random(tokens, width),
        ]
    }
    register("linear-residual-fused", forward: forward, backward: backward, inputs: down) {
        linear($0[0], weight: $0[1], bias: $0[2], addingTo: $0[3])
    }
    register("linear-residual-unfused", forward: forward, backward: backward, inputs: down) {
        $0[3] + (matmul($0[0], $0[1].T) + $0[2])
    }
}

private func rowKernels() {
    let (tokens, width) = (Course.tokens, Course.width)
    // Forward x is read and y written; backward x (or y) and the gradient are read as well.
    let stream = 4 * Double(tokens * width)
    let (forward, backward) = (Work(bytes: 2 * stream), Work(bytes: 3 * stream))
    let inputs = { [Course.random(tokens, width)] }
    let withScale = {
        [Course.random(tokens, width), Course.random(width), Course.random(width)]
    }
    register("layer-norm-fused", forward: forward, backward: backward, inputs: withScale) {
        layerNorm($0[0], weight: $0[1], bias: $0[2])
    }
    register("layer-norm-unfused", forward: forward, backward: backward, inputs: withScale) {
        let centred = $0[0] - $0[0].mean(axis: -1, keepDims: true)
        let variance = square(centred).mean(axis: -1, keepDims: true)
        return centred / sqrt(variance + 1e-5) * $0[1] + $0[2]
    }
    register("softmax-fused", forward: forward, backward: backward, inputs: inputs) {
        softmax($0[0])
    }
    register("softmax-unfused", forward: forward, backward: backward, inputs: inputs) {
        let powers = exp($0[0] - $0[0].max(axis: -1, keepDims: true).detached())
        return powers / powers.sum(axis: -1, keepDims: true)
    }
    register("gelu-fused", forward: forward, backward: backward, inputs: inputs) {
        geluApproximate($0[0])
    }
    register("gelu-unfused", forward: forward, backward: backward, inputs: inputs) {
        let x = $0[0]
        return x * 0.5 * (tanh((x + x * x * x * 0.044715) * 0.797_884_56) + 1)
    }
    register("gelu-exact-fused", forward: forward, backward: backward, inputs: inputs) {
        gelu($0[0])
    }
}

private func lossKernels() {
    lossKernels(
        "linear-cross-entropy", tokens: Course.tokens, width: Course.width,
        vocabulary: Course.vocabulary)
    // GPT-2's: few positions and a large vocabulary.
    lossKernels(
        "linear-cross-entropy-gpt2", tokens: 1_024, width: 768, vocabulary: 50_257)
}

private func lossKernels(_ name: String, tokens: Int, width: Int, vocabulary: Int) {
    let targets = TokenBatch(
        (0..<tokens).map { Int32($0 * 7_919 % vocabulary) }, batch: 32, time: tokens / 32)
    let inputs = { [Course.random(32, tokens / 32, width), Course.random(vocabulary, width)] }
    // Both ways: the fused one makes the gradients together with the logits.
    let work = Work(
        operations: 6 * Double(tokens * width) * Double(vocabulary), tokens: Double(tokens))
    register("\(name)-fused", work) {
        let inputs = inputs()
        return {
            _ = valueAndGradients(at: inputs) {
                linearCrossEntropy($0[0], weight: $0[1], targets: targets)
            }
        }
    }
    register("\(name)-unfused", work) {
        let inputs = inputs()
        return {
            _ = valueAndGradients(at: inputs) {
                crossEntropy(logits: matmul($0[0], $0[1].T), targets: targets)
            }
        }
    }
}

private func attentionKernels() {
    let work = AttentionWork(batch: 32, heads: 8, context: 128, width: 256)
    let forward = Work(operations: work.forwardOperations, tokens: work.tokens)
    let backward = Work(operations: work.backwardOperations, tokens: work.tokens)
    let inputs = { [work.input()] }
    register("attention-fused", forward: forward, backward: backward, inputs: inputs) {
        work($0[0])
    }
    register("attention-unfused", forward: forward, backward: backward, inputs: inputs) {
        let parts = $0[0].split(parts: 3, axis: -1).map {
            $0.unflattened(axis: -1, shape: [8, 32]).swappedAxes(1, 2)
        }
        let scores = matmul(parts[0], parts[1].T) * (1 / Float(32).squareRoot())
        let hidden = Tensor(0..<128) .> Tensor(0..<128, shape: [128, 1])
        let weights = softmax(scores.filled(where: hidden, with: -.infinity))
        return matmul(weights, parts[2]).swappedAxes(1, 2).flattened(start: 2)
    }
}
