import Foundation
import MiniNN

/// Tells handwritten digits apart: a small network, its training and its test, in fifty lines.
///
///     swift run ClassifyDigits
@main
struct ClassifyDigits {
    static func main() throws {
        let (images, labels) = try digits()
        var random = SplitMix64(seed: 1)
        let order = Array(0..<labels.count).shuffled(using: &random)
        let (training, test) = (Array(order.dropLast(360)), Array(order.suffix(360)))

        var model = Sequential(
            Linear(64, 64, initializer: .heNormal, using: &random), Activation.relu,
            Dropout(p: 0.1), Linear(64, 10, using: &random))
        var optimizer = AdamW(learningRate: 3e-3)
        print(model)

        for epoch in 1...20 {
            var total: Float = 0
            let places = training.shuffled(using: &random)
            for start in stride(from: 0, to: places.count, by: 32) {
                let batch = Array(places[start..<min(start + 32, places.count)])
                let x = images.take(batch, axis: 0)
                let targets = IntTensor(batch.map { labels[$0] })
                let mode = Mode.training(seed: random.next())
                let (loss, gradients) = valueAndGradients(of: model) {
                    crossEntropy(logits: $0(x, mode: mode), labels: targets)
                }
                optimizer.update(&model, along: gradients)
                total += loss * Float(batch.count)
            }
            print("epoch \(epoch): loss \(total / Float(training.count))")
        }

        let found = model(images.take(test, axis: 0)).argMax(axis: -1)
        let right = Int((found .== IntTensor(test.map { labels[$0] })).sum().item())
        print("right: \(right) of \(test.count) digits that it never saw")
    }

    /// 1,797 images, `[count, 64]` between 0 and 1, and what they show; see `make_digits.py`.
    private static func digits() throws -> (images: Tensor, labels: [Int32]) {
        guard let file = Bundle.module.url(forResource: "digits", withExtension: "txt") else {
            throw CocoaError(.fileNoSuchFile)
        }
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let pixels = lines.flatMap { line in
            line.utf8.dropFirst().map { Float($0 - UInt8(ascii: "a")) / 16 }
        }
        let labels = lines.map { Int32($0.utf8.first ?? 0) - Int32(UInt8(ascii: "0")) }
        return (Tensor(pixels, shape: [lines.count, 64]), labels)
    }
}
