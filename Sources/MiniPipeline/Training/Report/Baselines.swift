import Foundation

extension Project {
    /// How counting predicts the validation part, from what it counted in the training part: bits per
    /// byte for sequences of one byte to five. A model that was worth its training does better.
    ///
    /// - Returns: nothing if the parts are not there as text.
    func baselines() -> [TrainingReport.Baseline] {
        guard let training = try? Data(contentsOf: trainingText, options: .alwaysMapped),
            let validation = try? Data(contentsOf: validationText, options: .alwaysMapped)
        else { return [] }
        return NGramModel(order: 5, text: training).bitsPerByte(of: validation).enumerated().map {
            (name: Self.baselineNames[$0.offset], bitsPerByte: $0.element)
        }
    }

    private static let baselineNames = [
        "counted bytes", "counted pairs of bytes", "counted triples of bytes",
        "counted fours of bytes", "counted fives of bytes",
    ]
    /// The one that is drawn beside a model's own line.
    static let drawnBaseline = baselineNames[2]
}

extension LossCurve {
    /// Bits per byte after each test, and what counting comes to.
    static func bitsPerByte(_ rows: [MetricsRow], _ baselines: [TrainingReport.Baseline]) -> Chart {
        let own = rows.compactMap { row in
            row.bitsPerByte.map { (step: row.step, value: Double($0)) }
        }
        let last = rows.last?.step ?? 1
        let counted = baselines.filter { $0.name == Project.drawnBaseline }.map { baseline in
            Chart.Line(
                style: .mean, name: baseline.name,
                points: [(0, baseline.bitsPerByte), (last, baseline.bitsPerByte)])
        }
        return Chart(
            title: "Bits per byte of the validation text", quantity: "bits per byte",
            lines: [.init(style: .link, name: "this model", points: own)] + counted)
    }
}
