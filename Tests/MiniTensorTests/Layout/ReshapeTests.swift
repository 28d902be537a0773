import Testing

@testable import MiniTensor

/// Reshaping copies only when strides cannot say the new shape.
@Suite struct ReshapeTests {
    private let x = Tensor(0..<24, shape: [2, 3, 4])

    @Test func contiguousTensorsNeverCopy() {
        #expect(x.reshaped(6, 4).storage === x.storage)
        #expect(x[1].reshaped(12).storage === x.storage)
        #expect(x[1].reshaped(-1).scalars == (12..<24).map(Float.init))
    }

    @Test func splittingAnAxisOfATransposeDoesNotCopy() {
        let y = x.transposed(2, 0, 1).reshaped(2, 2, 2, 3)
        #expect(y.storage === x.storage)
        #expect(y.strides == [2, 1, 12, 4])
    }

    @Test func headsOfAProjectionAreViews() {
        // [batch, time, 3·heads·width] → queries of every head.
        let projection = Tensor(0..<(2 * 5 * 24), shape: [2, 5, 24])
        let queries = projection[.ellipsis, ..<8].reshaped(2, 5, 4, 2).transposed(0, 2, 1, 3)
        #expect(queries.storage === projection.storage)
        #expect(queries.strides == [120, 2, 24, 1])
    }

    @Test func joiningTransposedAxesCopies() {
        let y = x.transposed().reshaped(24)
        #expect(y.storage !== x.storage)
        #expect(mismatch(y, Plain(x).permuted([2, 1, 0]).reshaped([24])) == nil)
    }

    @Test func joiningABroadcastAxisCopies() {
        let y = Tensor([1, 2]).broadcast(to: [3, 2])
        #expect(y.reshaped(6).scalars == [1, 2, 1, 2, 1, 2])
        #expect(y.reshaped(6).storage !== y.storage)
        #expect(y.reshaped(3, 1, 2).storage === y.storage)
    }

    @Test func flatteningAndUnflatteningNameTheirAxes() {
        #expect(x.flattened().shape == [24])
        #expect(x.flattened(start: 1).shape == [2, 12])
        #expect(x.flattened(start: 0, end: 1).shape == [6, 4])
        #expect(
            x.flattened(start: 0, end: 1).unflattened(axis: 0, shape: [2, -1]).shape == [2, 3, 4])
        #expect(Tensor(3).flattened().shape == [1])
    }

    @Test func emptyTensorsReshape() {
        let empty = Tensor.zeros([0, 3]).transposed()
        #expect(empty.reshaped(5, 0).shape == [5, 0])
        #expect(empty.reshaped(0).scalars.isEmpty)
        #expect(Tensor.zeros([2, 0]).reshaped(-1, 2).shape == [0, 2])
    }

    @Test func splitsAreViewsThatCoverTheAxis() {
        let parts = x.split(sizes: [1, 0, 3], axis: -1)
        #expect(parts.map(\.shape) == [[2, 3, 1], [2, 3, 0], [2, 3, 3]])
        #expect(parts.allSatisfy { $0.storage === x.storage })
        #expect(concatenated(parts, axis: -1).scalars == x.scalars)
        #expect(x.split(parts: 3, axis: 1).map(\.shape) == [[2, 1, 4], [2, 1, 4], [2, 1, 4]])
    }

    @Test func concatenatingTakesAnyLayout() {
        var generator = SplitMix64(seed: 5)
        for arrangement in Arrangement.allCases {
            let (a, b) = (
                arrangement.tensor(.random([2, 3], using: &generator)),
                arrangement.tensor(.random([2, 2], using: &generator))
            )
            let joined = concatenated([a, b, a], axis: 1)
            let (p, q) = (Plain(a), Plain(b))
            let expected = Plain(shape: [2, 8]) { index in
                index[1] < 3
                    ? p[index]
                    : index[1] < 5 ? q[[index[0], index[1] - 3]] : p[[index[0], index[1] - 5]]
            }
            #expect(mismatch(joined, expected) == nil, "\(arrangement)")
            #expect(
                mismatch(
                    stacked([a, a], axis: -1), Plain(shape: [2, 3, 2]) { p[[$0[0], $0[1]]] })
                    == nil)
        }
        #expect(stacked([Tensor(1), Tensor(2)]).scalars == [1, 2])
        #expect(concatenated([Tensor.zeros([0, 2]), Tensor.ones([1, 2])]).shape == [1, 2])
    }
}
