import Testing

@testable import MiniTensor

@Suite struct IndexingTests {
    @Test func aNewAxisFitsWhereAPositionDropsOne() {
        let x = Tensor(0..<64, shape: [2, 2, 2, 2, 2, 2])
        let y = x[.newAxis, 1]
        #expect(y.shape == [1, 2, 2, 2, 2, 2] && y.scalars.first == 32)
        #expect(x[.ellipsis, .newAxis, 0].shape == [2, 2, 2, 2, 2, 1])
        #expect(x[.newAxis, .newAxis, 0, 1, .ellipsis].scalars.first == 16)
    }

    private let x = Tensor(0..<24, shape: [2, 3, 4])

    @Test func aPositionDropsItsAxis() {
        #expect(x[1].shape == [3, 4])
        #expect(x[1, 2, 3].item() == 23)
        #expect(x[1, 2, 3].shape == [])
    }

    @Test func negativePositionsCountFromTheEnd() {
        #expect(x[-1, -1, -1].item() == 23)
        #expect(x[-2, 0, -4].item() == 0)
    }

    @Test func rangesOfEveryKindKeepTheirAxis() {
        let row = Tensor(0..<5)
        #expect(row[1..<3].scalars == [1, 2])
        #expect(row[1...3].scalars == [1, 2, 3])
        #expect(row[3...].scalars == [3, 4])
        #expect(row[..<2].scalars == [0, 1])
        #expect(row[...2].scalars == [0, 1, 2])
        #expect(row[.all].scalars == [0, 1, 2, 3, 4])
    }

    @Test func boundsOfRangesMayBeNegative() {
        let row = Tensor(0..<5)
        #expect(row[(-2)...].scalars == [3, 4])
        #expect(row[..<(-1)].scalars == [0, 1, 2, 3])
        #expect(row[...(-1)].scalars == [0, 1, 2, 3, 4])
        #expect(row[...(-2)].scalars == [0, 1, 2, 3])
        #expect(row[(-3)..<(-1)].scalars == [2, 3])
        #expect(row[(-3)...(-2)].scalars == [2, 3])
        #expect(row[(-3)...(-1)].scalars == [2, 3, 4])
        #expect(row[0...(-1 + 5)].scalars == [0, 1, 2, 3, 4])
    }

    @Test func boundsOutsideAreClipped() {
        let row = Tensor(0..<5)
        #expect(row[3..<100].scalars == [3, 4])
        #expect(row[(-100)..<2].scalars == [0, 1])
        #expect(row[7...].scalars.isEmpty)
        #expect(row[7...].shape == [0])
        #expect(row[..<(-7)].shape == [0])
    }

    @Test(arguments: [
        (nil, nil, -1, [4, 3, 2, 1, 0]), (nil, nil, 2, [0, 2, 4]), (nil, nil, -2, [4, 2, 0]),
        (1, nil, 3, [1, 4]), (3, 0, -1, [3, 2, 1]), (nil, -6, -3, [4, 1]), (-2, -5, -1, [3, 2, 1]),
        (0, 5, -1, []), (9, nil, -4, [4, 0]), (nil, nil, 10, [0]),
    ])
    func stridesFollowNumPy(start: Int?, end: Int?, step: Int, expected: [Float]) {
        #expect(Tensor(0..<5)[.stride(from: start, to: end, by: step)].scalars == expected)
    }

    @Test func anEllipsisStandsForTheOtherAxes() {
        #expect(x[.ellipsis, 1].shape == [2, 3])
        #expect(x[.ellipsis, 1].scalars == [1, 5, 9, 13, 17, 21])
        #expect(x[0, .ellipsis, 1].scalars == [1, 5, 9])
        #expect(x[0, 1, 2, .ellipsis].item() == 6)
        #expect(x[.ellipsis].shape == [2, 3, 4])
    }

    @Test func newAxesHaveOneElement() {
        #expect(x[.newAxis].shape == [1, 2, 3, 4])
        #expect(x[0, .newAxis, 1..<3].shape == [1, 2, 4])
        #expect(x[.ellipsis, .newAxis].shape == [2, 3, 4, 1])
        #expect(x[.newAxis, .ellipsis, 0, .newAxis].shape == [1, 2, 3, 1])
    }

    @Test func readingIsAView() {
        #expect(x[1, .all, .stride(by: -1)].storage === x.storage)
    }

    @Test func assigningToAPartChangesThatPartOnly() {
        var y = Tensor.zeros([3, 4])
        y[1] = Tensor([1, 2, 3, 4])
        y[.all, -1] = Tensor(9)
        y[0, 1...2] = [5, 6]
        #expect(y.scalars == [0, 5, 6, 9, 1, 2, 3, 9, 0, 0, 0, 9])
    }

    @Test func assignedTensorsBroadcast() {
        var y = Tensor.zeros([2, 3])
        y[.all, 1...] = Tensor([[7], [8]] as [[Float]])
        #expect(y.scalars == [0, 7, 7, 0, 8, 8])
        y[.ellipsis] = Tensor(1)
        #expect(y.scalars == [1, 1, 1, 1, 1, 1])
    }

    @Test func assigningToReversedAndSteppedPartsKeepsTheirOrder() {
        var y = Tensor.zeros([5])
        y[.stride(by: -2)] = Tensor([1, 2, 3])
        #expect(y.scalars == [3, 0, 2, 0, 1])
    }

    @Test func assigningFromTheSameTensorReadsTheOldValues() {
        var y = Tensor(0..<6)
        y[1...] = y[..<(-1)]
        #expect(y.scalars == [0, 0, 1, 2, 3, 4])
        y[.all] = y[.stride(by: -1)]
        #expect(y.scalars == [4, 3, 2, 1, 0, 0])
    }

    @Test func assigningToNothingChangesNothing() {
        var y = Tensor(0..<4)
        y[4...] = Tensor(9)
        y[2..<2] = Tensor.zeros([0])
        #expect(y.scalars == [0, 1, 2, 3])
    }

    @Test func partsCanBeUpdatedInPlace() {
        var y = Tensor(0..<4)
        y[1..<3] += Tensor(10)
        y[0] *= -2
        y[3] -= Tensor(1)
        #expect(y.scalars == [0, 11, 12, 2])
    }
}

/// Tensors are values: writing to one never changes another.
@Suite struct CopyOnWriteTests {
    @Test func writingToAViewLeavesTheOriginalAlone() {
        let x = Tensor(0..<6, shape: [2, 3])
        var view = x[1]
        view[0] = Tensor(99)
        #expect(x.scalars == [0, 1, 2, 3, 4, 5])
        #expect(view.scalars == [99, 4, 5])
    }

    @Test func writingToTheOriginalLeavesItsViewsAlone() {
        var x = Tensor(0..<6, shape: [2, 3])
        let (row, transpose) = (x[0], x.T)
        x[0, 0] = Tensor(99)
        #expect(row.scalars == [0, 1, 2])
        #expect(transpose.scalars == [0, 3, 1, 4, 2, 5])
    }

    @Test func writingToATransposeOrABroadcastMakesItsOwnMemory() {
        let x = Tensor([1, 2])
        var wide = x.broadcast(to: [3, 2])
        wide[1] = Tensor([8, 9])
        #expect(wide.scalars == [1, 2, 8, 9, 1, 2])
        var transpose = Tensor(0..<4, shape: [2, 2]).T
        transpose[0, 1] = Tensor(7)
        #expect(transpose.scalars == [0, 7, 1, 3])
        #expect(x.scalars == [1, 2])
    }

    @Test func anUnsharedTensorIsWrittenInPlace() {
        var x = Tensor.zeros([100])
        let before = ObjectIdentifier(x.storage)
        x[3] = Tensor(1)
        x.withUnsafeMutableScalars { $0[4] = 2 }
        #expect(ObjectIdentifier(x.storage) == before)
        #expect(x.scalars[3] == 1 && x.scalars[4] == 2)
    }

    @Test func anUnsharedSliceIsWrittenAtItsPlace() {
        var x = Tensor(0..<6, shape: [3, 2])[2]
        x[1] = Tensor(9)
        #expect(x.scalars == [4, 9])
    }

    @Test func scalarsOfAViewComeInItsOrder() {
        let x = Tensor(0..<6, shape: [2, 3])
        #expect(x.T.scalars == [0, 3, 1, 4, 2, 5])
        #expect(x[.all, .stride(by: -2)].scalars == [2, 0, 5, 3])
        #expect(Tensor(3).broadcast(to: [2, 2]).scalars == [3, 3, 3, 3])
        #expect(x[1, 1].item() == 4)
        x.T.withUnsafeScalars { #expect(Array($0) == [0, 3, 1, 4, 2, 5]) }
    }

    @Test func finiteMeansNeitherNaNNorInfinite() {
        #expect(Tensor([1, 2]).isFinite && Tensor([Float]()).isFinite)
        #expect(!Tensor([1, .nan]).isFinite && !Tensor([-.infinity]).isFinite)
        #expect(Tensor([1, .nan, 2])[.stride(by: 2)].isFinite)
    }
}
