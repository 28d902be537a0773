import Foundation
import TestSupport
import Testing

@testable import MiniPipeline

@Suite struct LossCurveTests {
    private func row(_ step: Int, _ loss: Float, validation: Float? = nil) -> MetricsRow {
        MetricsRow(
            step: step, loss: loss, validationLoss: validation, learningRate: 1e-3,
            gradientNorm: 1, tokensPerSecond: 1, shareOfPeak: nil, elapsedSeconds: 1)
    }

    @Test(arguments: [0, 1, 2, 50, 5_000])
    func `A picture of any number of steps is well-formed`(_ count: Int) throws {
        let rows = (0..<count).map { row($0 + 1, 4 - Float($0) / 5_000) }
        let picture = try Picture(LossCurve(rows: rows, title: "x").svg)
        let points = picture.points(of: "raw")
        #expect(count < 1_000 ? points == count : (1_000...2_000).contains(points))
    }

    @Test func `Losses that are all the same still have an axis around them`() throws {
        let svg = LossCurve(rows: [row(1, 2), row(2, 2)], title: "x").svg
        #expect(!svg.contains("nan") && !svg.contains("inf"))
    }

    @Test(arguments: [
        [Float](repeating: 1e30, count: 3), [1e38, -1e38], [.nan, .infinity], [1e-30, 1.1e-30],
        [.greatestFiniteMagnitude, 0], [0, 0], [1e30, 1.000001e30],
    ])
    func `No numbers are too much for an axis`(_ losses: [Float]) throws {
        let rows = losses.enumerated().map { row($0.offset + 1, $0.element) }
        let picture = try Picture(LossCurve(rows: rows, title: "x").svg)
        #expect(picture.texts.allSatisfy { $0.count < 40 && !$0.contains("nan") })
    }

    @Test func `A title cannot break out of its element`() throws {
        let picture = try Picture(LossCurve(rows: [], title: "<a> & </svg>\u{1}").svg)
        #expect(picture.texts.contains("<a> & </svg> "))
    }

    @Test func `The last validation is written beside its point`() throws {
        let rows = [row(1, 3, validation: 2.5), row(2, 2, validation: 1.8857)]
        let picture = try Picture(LossCurve(rows: rows, title: "x").svg)
        #expect(picture.points(of: "link") == 2)
        #expect(picture.texts.contains("1.886"))
    }

    @Test func `The running mean follows a straight line without lag`() {
        let line = (1...500).map { (step: $0, value: 5 - Double($0) / 100) }
        let mean = LossCurve.smoothed(line)
        #expect(mean.map(\.step) == line.map(\.step))
        #expect(zip(mean, line).allSatisfy { abs($0.value - $1.value) < 1e-9 })
    }

    @Test func `The running mean takes noise away`() {
        let noise = (1...1_000).map { (step: $0, value: $0.isMultiple(of: 2) ? 1.0 : 3.0) }
        let middle = LossCurve.smoothed(noise)[100..<900]
        #expect(middle.allSatisfy { abs($0.value - 2) < 0.1 })
    }

    @Test func `Thinning keeps the highest and the lowest point`() {
        var losses = (1...20_000).map { (step: $0, value: 2.0) }
        losses[12_345].value = 9
        losses[17_001].value = 1
        let thinned = Chart.thinned(losses)
        #expect(thinned.count < 2_000)
        #expect(thinned.contains { $0.step == 12_346 && $0.value == 9 })
        #expect(thinned.contains { $0.step == 17_002 && $0.value == 1 })
        #expect(thinned.map(\.step) == thinned.map(\.step).sorted())
    }

    @Test func `Ticks are round numbers that span the range`() {
        let loss = Axis(covering: 1.63...4.22, isExact: false)
        #expect(
            loss.ticks.map(loss.label) == ["1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5"])
        #expect(loss.position(1.5) == 0 && loss.position(4.5) == 1)

        let steps = Axis(covering: 0...2_000, isExact: true)
        #expect(steps.ticks.map(steps.label) == ["0", "500", "1000", "1500", "2000"])
        #expect(steps.position(1_000) == 0.5)

        let small = Axis(covering: 0.012...0.034, isExact: false)
        #expect(small.ticks.map(small.label).first == "0.010")
    }
}

@Suite struct MetricsRowTests {
    @Test func `What was not measured is null, or nothing in the table`() {
        let row = MetricsRow(
            step: 3, loss: 1.5, validationLoss: nil, learningRate: 1e-5, gradientNorm: 0.25,
            tokensPerSecond: 1_000, shareOfPeak: nil, elapsedSeconds: 0.5)
        #expect(
            row.json(hasBits: false)
                == #"{"step":3,"loss":1.5,"validationLoss":null,"learningRate":1e-05,"gradientNorm":0.25,"tokensPerSecond":1000.0,"shareOfPeak":null,"elapsedSeconds":0.5}"#
        )
        #expect(row.csv(hasBits: false) == "3,1.5,,1e-05,0.25,1000.0,,0.5")
    }

    @Test func `A number that JSON cannot hold is null`() {
        let row = MetricsRow(
            step: 3, loss: 1.5, validationLoss: .infinity, learningRate: 0, gradientNorm: .nan,
            tokensPerSecond: 1, shareOfPeak: 0.5, elapsedSeconds: 1)
        #expect(row.json(hasBits: false).contains(#""validationLoss":null"#))
        #expect(row.json(hasBits: false).contains(#""gradientNorm":null"#))
    }
}
