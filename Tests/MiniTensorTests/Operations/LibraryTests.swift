import Foundation
import Testing

@testable import MiniTensor

/// Values of operations that are not those of NumPy and PyTorch by a golden alone: edges, layouts, names.
@Suite struct LibraryTests {
    private let x = Tensor(0..<6, shape: [2, 3])

    @Test func nestedArraysGiveTheirShape() {
        let rows: [[Float]] = [[1, 2], [3, 4], [5, 6]]
        #expect(Tensor(rows).shape == [3, 2] && Tensor(rows).scalars == [1, 2, 3, 4, 5, 6])
        #expect(Tensor([rows, rows]).shape == [2, 3, 2])
        #expect(Tensor([[1, 2], [3, 4]]).T.scalars == [1, 3, 2, 4])
    }

    @Test func halvesAreRoundedToTheEvenNumber() {
        let halves = Tensor([-1.5, -0.5, 0.5, 1.5, 2.5, .nan])
        #expect(MiniTensor.round(halves).scalars.dropLast() == [-2, -0, 0, 2, 2])
        #expect(MiniTensor.floor(halves).scalars.dropLast() == [-2, -1, 0, 1, 2])
        #expect(MiniTensor.ceil(halves).scalars.dropLast() == [-1, -0, 1, 2, 3])
        #expect(sign(halves).scalars.dropLast() == [-1, -1, 1, 1, 1])
        #expect([MiniTensor.round(halves), sign(halves)].allSatisfy { $0[-1].item().isNaN })
    }

    @Test func smallNumbersKeepTheirDigits() {
        #expect(MiniTensor.log1p(Tensor(1e-10)).item() == 1e-10)
        #expect(MiniTensor.expm1(Tensor(1e-10)).item() == 1e-10)
        #expect(softplus(Tensor([-200, 0, 200])).scalars == [0, log1pf(1), 200])
    }

    @Test func boundsCutAndWhatIsNotANumberStays() {
        #expect(clip(Tensor([-2, 0.5, 9]), min: 0, max: 1).scalars == [0, 0.5, 1])
        #expect(clip(Tensor([-2, 9]), min: 0).scalars == [0, 9])
        #expect(clip(Tensor([.nan]), min: 0, max: 1).item().isNaN)
        #expect(gradient(at: Tensor([0, 1, 2])) { clip($0, max: 1).sum() }.scalars == [1, 1, 0])
    }

    @Test func elementsMoveAndRepeat() {
        #expect(x.flipped(axis: 1).scalars == [2, 1, 0, 5, 4, 3])
        #expect(x.rolled(by: 1).scalars == [2, 0, 1, 5, 3, 4])
        #expect(x.rolled(by: -4, axis: 1).scalars == [1, 2, 0, 4, 5, 3])
        #expect(x.repeated(2, axis: 0).scalars == [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5])
        #expect(Tensor([1, 2]).tiled([2, 2]).scalars == [1, 2, 1, 2, 1, 2, 1, 2])
        #expect(x.tiled([0]).shape == [2, 0])
        #expect(Tensor([7]).padded([(1, 2)], value: -1).scalars == [-1, 7, -1, -1])
        #expect(x.padded(1).shape == [4, 5])
        #expect(x.diagonal().scalars == [0, 4] && x.diagonal(offset: -1).scalars == [3])
        #expect(x.diagonal(offset: 5).shape == [0])
    }

    @Test func trianglesKeepNothingOfTheRestEvenInfinity() {
        let all = Tensor(repeating: .infinity, shape: [3, 3])
        #expect(tril(all).scalars.count { $0 == 0 } == 3)
        #expect(triu(all, k: 1).scalars.count { $0 == 0 } == 6)
        #expect(tril(x, k: -1).scalars == [0, 0, 0, 3, 0, 0])
    }

    @Test(arguments: Arrangement.allCases)
    func sortedAsTheStandardLibrarySorts(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 61)
        let x = arrangement.tensor(
            .random([4, 9], in: 0...5, using: &generator).map { $0.rounded() })
        for axis in [0, 1] {
            let expected = Plain(x).alongAxis(axis) { $0.sorted() }
            #expect(mismatch(x.sorted(axis: axis), expected) == nil)
            let places = Plain(x).alongAxis(axis) { line in
                line.indices.sorted { (line[$0], $0) < (line[$1], $1) }.map(Double.init)
            }
            #expect(mismatch(Tensor(x.argSort(axis: axis)), places) == nil)
        }
    }

    @Test func whatIsNotANumberIsSortedLast() {
        #expect(Tensor([.nan, 2, .nan, -.infinity, 1]).argSort().scalars == [3, 4, 1, 0, 2])
        #expect(Tensor([3, .nan, 1]).argMin().item() == 1)
    }

    @Test func theLastOfSeveralValuesForOnePlaceCounts() {
        let indices: IntTensor = [0, 0, -1]
        let y = Tensor.zeros([3]).putAlong(indices, values: Tensor([1, 2, 3]))
        #expect(y.scalars == [2, 0, 3])
        let sum = Tensor.ones([3]).addAlong(indices, values: Tensor([1, 2, 3]))
        #expect(sum.scalars == [4, 1, 4])
        let slopes = gradient(at: Tensor.zeros([3]), Tensor([1, 2, 3])) {
            ($0.putAlong(indices, values: $1) * Tensor([5, 6, 7])).sum()
        }
        #expect(slopes.0.scalars == [0, 6, 0] && slopes.1.scalars == [0, 5, 7])
    }

    @Test func negativePositionsCountFromTheEnd() {
        #expect(x.take([-1, 0], axis: 1).scalars == [2, 0, 5, 3])
        let places: IntTensor = [[0, -1]]
        #expect(x.take(places, axis: 1).shape == [2, 1, 2])
        #expect(x.take(places).scalars == [0, 1, 2, 3, 4, 5])
    }

    @Test(arguments: Arrangement.allCases)
    func severalAxesAreReducedAsOneAfterTheOther(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 62)
        let x = arrangement.tensor(.random([2, 3, 4], using: &generator))
        for keepDims in [false, true] {
            let sum = x.sum(axes: [0, -1], keepDims: keepDims)
            let steps = Plain(x).reduced(axis: 2, keepDims: keepDims) { $0.reduce(0, +) }
                .reduced(axis: 0, keepDims: keepDims) { $0.reduce(0, +) }
            #expect(mismatch(sum, steps, tolerance: 1e-6) == nil)
            let largest = Plain(x).reduced(axis: 2, keepDims: keepDims) { $0.max() ?? 0 }
                .reduced(axis: 1, keepDims: keepDims) { $0.max() ?? 0 }
            #expect(mismatch(x.max(axes: [1, 2], keepDims: keepDims), largest) == nil)
        }
        #expect(x.mean(axes: [0, 1, 2]).shape == [] && x.sum(axes: []).shape == [2, 3, 4])
    }

    @Test(arguments: Arrangement.allCases)
    func einsumIsTheSumOverNamesOfProducts(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 63)
        func draw(_ shape: Int...) -> Tensor {
            arrangement.tensor(.random(shape, using: &generator))
        }
        let (a, b) = (draw(2, 3, 4), draw(2, 4, 5))
        let expected = Plain(a).matrixProduct(Plain(b))
        #expect(mismatch(einsum("bij,bjk->bik", a, b), expected, tolerance: 1e-6) == nil)
        let turned = expected.permuted([2, 0, 1])
        #expect(mismatch(einsum("bij, bjk -> kbi", a, b), turned, tolerance: 1e-6) == nil)
        #expect(mismatch(einsum("...ij,...jk", a, b), expected, tolerance: 1e-6) == nil)
        let square = draw(3, 3)
        #expect(einsum("ii->i", square).scalars == square.diagonal().scalars)
        #expect(einsum("ji", square).scalars == square.T.scalars)
    }
}
