import Foundation

/// The loss of a training as a picture: every step, their running mean, and the validations.
public struct LossCurve {
    private let rows: [MetricsRow]
    private let title: String
    private let unit: TokenUnit

    /// A picture of the steps of a training.
    public init(rows: [MetricsRow], title: String, unit: TokenUnit = .character) {
        self.rows = rows
        self.title = title
        self.unit = unit
    }

    /// A self-contained SVG document that follows the viewer's light or dark colours.
    public var svg: String { chart.svg }

    var chart: Chart {
        let losses = rows.map { (step: $0.step, value: Double($0.loss)) }
        let validations = rows.compactMap { row in
            row.validationLoss.map { (step: row.step, value: Double($0)) }
        }
        return Chart(
            title: title, quantity: "loss, nats per \(unit.rawValue)",
            lines: [
                .init(style: .raw, name: "training, each step", points: losses),
                .init(style: .mean, name: "training, running mean", points: Self.smoothed(losses)),
                .init(style: .link, name: "validation", points: validations),
            ])
    }

    /// The learning rate of each step.
    static func learningRate(_ rows: [MetricsRow]) -> Chart {
        let rates = rows.map { (step: $0.step, value: Double($0.learningRate)) }
        return Chart(
            title: "Learning rate", quantity: "learning rate",
            lines: [.init(style: .mean, name: "learning rate", points: rates)])
    }

    /// The norm of the gradients of each step.
    static func gradientNorm(_ rows: [MetricsRow]) -> Chart {
        let norms = rows.map { (step: $0.step, value: Double($0.gradientNorm)) }
        return Chart(
            title: "Gradient norm before clipping", quantity: "norm",
            lines: [
                .init(style: .raw, name: "each step", points: norms),
                .init(style: .mean, name: "running mean", points: smoothed(norms)),
            ])
    }

    /// The mean of about a fiftieth of the training around each step. Towards both ends the window
    /// narrows: a mean of past steps alone would lag behind a falling loss.
    package static func smoothed(_ losses: [(step: Int, value: Double)]) -> [(
        step: Int, value: Double
    )] {
        var sums = [0.0]
        for loss in losses { sums.append(sums[sums.count - 1] + loss.value) }
        let widest = max(1, losses.count / 100)
        return losses.indices.map { index in
            let half = min(widest, index, losses.count - 1 - index)
            let (first, end) = (index - half, index + half + 1)
            return (losses[index].step, (sums[end] - sums[first]) / Double(end - first))
        }
    }
}
