import Testing

@testable import MiniTensor

@Suite struct RandomTests {
    /// The published outputs for this seed (Vigna's splitmix64.c).
    @Test func splitMix64GivesItsPublishedNumbers() {
        var generator = SplitMix64(seed: 1_234_567)
        let numbers = (0..<5).map { _ in generator.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test func theSameSeedGivesTheSameNumbers() {
        func draw(_ seed: UInt64) -> [Float] {
            var generator = SplitMix64(seed: seed)
            return Tensor.normal([7, 3], using: &generator).scalars
                + Tensor.uniform([5], in: -1..<1, using: &generator).scalars
        }
        #expect(draw(3) == draw(3))
        #expect(draw(3) != draw(4))
    }

    @Test("An odd count of normal numbers is an even count without its last")
    func oddCount() {
        var (odd, even) = (SplitMix64(seed: 6), SplitMix64(seed: 6))
        #expect(
            Tensor.normal([7], using: &odd).scalars
                == Array(Tensor.normal([8], using: &even).scalars.prefix(7)))
    }

    @Test func aSavedStateGoesOnWhereItStopped() {
        var first = SplitMix64(seed: 8)
        _ = first.next()
        var second = first
        second.state = first.state
        #expect(first == second)
        #expect(first.next() == second.next())
    }

    @Test func partsAreIndependent() {
        let generator = SplitMix64(seed: 1)
        var (a, b, c) = (generator.split(0), generator.split(1), generator.split(1))
        let (first, second, third) = (a.next(), b.next(), c.next())
        #expect(first != second)
        #expect(second == third)
    }

    @Test func normalNumbersHaveTheirMeanAndVariance() {
        var generator = SplitMix64(seed: 11)
        let x = Tensor.normal([100_000], mean: 2, standardDeviation: 3, using: &generator)
            .scalars.map(Double.init)
        let mean = x.reduce(0, +) / 1e5
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1e5
        // Four standard errors.
        #expect(abs(mean - 2) < 4 * 3 / 316)
        #expect(abs(variance - 9) < 4 * 9 * 1.414 / 316)
        // Shares within one and two standard deviations.
        let near = x.filter { abs($0 - 2) < 3 }.count
        let far = x.filter { abs($0 - 2) > 6 }.count
        #expect(abs(Double(near) - 68_269) < 600)
        #expect(abs(Double(far) - 4_550) < 270)
    }

    @Test func uniformNumbersFillTheirRange() {
        var generator = SplitMix64(seed: 12)
        let x = Tensor.uniform([100_000], in: -1..<3, using: &generator).scalars.map(Double.init)
        let mean = x.reduce(0, +) / 1e5
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1e5
        #expect(abs(mean - 1) < 0.015)
        #expect(abs(variance - 16.0 / 12) < 0.02)
        #expect(x.allSatisfy { $0 >= -1 && $0 < 3 })
    }

    /// A generator that always gives its largest number.
    private struct Largest: RandomNumberGenerator {
        func next() -> UInt64 { .max }
    }

    @Test func uniformNumbersStayBelowTheirBound() {
        var generator = Largest()
        #expect(generator.nextUniform() < 1)
        // 1 + (1 − 2⁻²⁴) would round to 2.
        #expect(Tensor.uniform([1], in: 1..<2, using: &generator).item() < 2)
        #expect(Tensor.uniform([1], in: -1_000..<7, using: &generator).item() < 7)
    }

    @Test func anOddNumberOfNormalNumbersIsDrawn() {
        var generator = SplitMix64(seed: 13)
        #expect(Tensor.normal([3, 5], using: &generator).isFinite)
        #expect(Tensor.normal([0], using: &generator).count == 0)
        #expect(Tensor.normal([], using: &generator).count == 1)
    }
}
