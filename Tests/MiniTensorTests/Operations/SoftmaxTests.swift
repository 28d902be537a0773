import Foundation
import Testing

@testable import MiniTensor

@Suite struct SoftmaxTests {
    private func softmaxLine(_ line: [Double]) -> [Double] {
        let largest = line.max() ?? 0
        let powers = line.map { Foundation.exp($0 - largest) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }

    @Test(arguments: Arrangement.allCases)
    func everyAxisAddsUpToOne(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 51)
        for shape in [[1], [5], [3, 37], [2, 3, 4], [4, 1, 5], [0, 3], [90, 1_300]] {
            let x = arrangement.tensor(.random(shape, in: -9...9, using: &generator))
            for axis in (shape.count > 2 ? -shape.count : -1)..<shape.count where x.dim(axis) > 0 {
                let expected = Plain(x).alongAxis(axis, softmaxLine)
                #expect(
                    mismatch(softmax(x, axis: axis), expected, tolerance: 5e-7) == nil,
                    "\(shape) axis \(axis)")
                #expect(
                    mismatch(
                        logSoftmax(x, axis: axis), expected.map { Foundation.log($0) },
                        tolerance: 1e-6)
                        == nil, "\(shape) axis \(axis)")
            }
        }
    }

    @Test func largeAndMaskedNumbersAreSafe() {
        #expect(softmax(Tensor([1e4, 1e4])).scalars == [0.5, 0.5])
        #expect(softmax(Tensor([-.infinity, 0, -.infinity])).scalars == [0, 1, 0])
        #expect(logSoftmax(Tensor([-.infinity, 0])).scalars == [-.infinity, 0])
        #expect(logSoftmax(Tensor([0, -200])).scalars == [0, -200])
    }
}

@Suite struct GatherTests {
    @Test(arguments: Arrangement.allCases)
    func rowsAreLookedUpById(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 52)
        let table = arrangement.tensor(.random([11, 3], using: &generator))
        let ids: TokenBatch = [[0, 10, 3], [3, 3, 7]]
        let expected = Plain(shape: [2, 3, 3]) { Plain(table)[[Int(ids[$0[0], $0[1]]), $0[2]]] }
        #expect(mismatch(table.rows(ids), expected) == nil)
        #expect(table.rows(TokenBatch([], batch: 2, time: 0)).shape == [2, 0, 3])
    }

    @Test func manyRowsAreLookedUpOnSeveralThreads() {
        var generator = SplitMix64(seed: 53)
        let table = Plain.random([50, 129], using: &generator)
        let ids = (0..<1_000).map { _ in Int32.random(in: 0..<50, using: &generator) }
        let expected = Plain(shape: [10, 100, 129]) {
            table[[Int(ids[$0[0] * 100 + $0[1]]), $0[2]]]
        }
        let rows = table.tensor.rows(TokenBatch(ids, batch: 10, time: 100))
        #expect(mismatch(rows, expected) == nil)
    }

    @Test(arguments: Arrangement.allCases)
    func positionsOfAnyAxisAreTaken(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 54)
        let x = arrangement.tensor(.random([3, 4, 2], using: &generator))
        let p = Plain(x)
        for axis in -3..<3 {
            let length = x.dim(axis)
            let positions = [length - 1, 0, 0, 1, length - 1]
            var shape = x.shape
            shape[axis < 0 ? axis + 3 : axis] = 5
            let expected = Plain(shape: shape) { index in
                var place = index
                place[axis < 0 ? axis + 3 : axis] = positions[index[axis < 0 ? axis + 3 : axis]]
                return p[place]
            }
            #expect(mismatch(x.take(positions, axis: axis), expected) == nil, "axis \(axis)")
        }
        #expect(x.take([], axis: 1).shape == [3, 0, 2])
    }

    @Test(arguments: Arrangement.allCases)
    func elementsAreTakenAlongAnAxis(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 55)
        let x = arrangement.tensor(.random([3, 4, 2], using: &generator))
        for axis in -3..<3 {
            let position = axis < 0 ? axis + 3 : axis
            for taken in [0, 1, 3] {
                var shape = x.shape
                shape[position] = taken
                let indices = Plain(shape: shape) { _ in
                    Double(Int.random(in: 0..<x.dim(axis), using: &generator))
                }
                let expected = Plain(shape: shape) { index in
                    var place = index
                    place[position] = Int(indices[index])
                    return Plain(x)[place]
                }
                let result = x.takeAlong(IntTensor(indices.tensor).T.T, axis: axis)
                #expect(mismatch(result, expected) == nil, "axis \(axis), \(taken)")
            }
        }
    }

    @Test(arguments: Arrangement.allCases)
    func theLargestComeFirst(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 56)
        let x = arrangement.tensor(
            .random([4, 9], in: 0...5, using: &generator).map { $0.rounded() })
        for k in [0, 1, 4, 9] {
            let (values, indices) = x.topK(k)
            func best(_ line: [Double]) -> [Int] {
                Array(line.indices.sorted { (-line[$0], $0) < (-line[$1], $1) }.prefix(k))
            }
            let p = Plain(x)
            let expected = p.alongAxis(-1) { line in best(line).map { line[$0] } }
            let places = p.alongAxis(-1) { line in best(line).map(Double.init) }
            #expect(mismatch(values, expected) == nil)
            #expect(mismatch(Tensor(indices), places) == nil)
        }
    }
}
