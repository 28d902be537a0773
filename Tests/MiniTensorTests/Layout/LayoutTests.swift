import Testing

@testable import MiniTensor

@Suite struct LayoutTests {
    @Test func aContiguousLayoutHasRowMajorStrides() {
        let layout = Layout(contiguous: [2, 3, 4])
        #expect(Array(layout.strides) == [12, 4, 1])
        #expect(layout.count == 24)
        #expect(layout.reach == 0...23)
    }

    @Test func aScalarHasOneElement() {
        let layout = Layout(contiguous: [])
        #expect(layout.count == 1 && layout.rank == 0 && layout.isContiguous)
        #expect(layout.reach == 0...0)
    }

    @Test func anEmptyLayoutReachesNothing() {
        #expect(Layout(contiguous: [3, 0, 2]).reach == nil)
        #expect(Layout(contiguous: [3, 0, 2]).isContiguous)
    }

    @Test func reachCountsNegativeStrides() {
        let layout = Layout(contiguous: [4, 5]).sliced(axis: 1, start: 4, step: -2, length: 3)
        #expect(layout.reach == 0...19)
        #expect(!layout.isContiguous)
    }

    @Test func theStrideOfAUnitAxisDoesNotMatterForContiguity() {
        #expect(Layout(shape: [1, 3], strides: [77, 1], offset: 5).isContiguous)
        #expect(Layout(shape: [3, 1], strides: [1, 0], offset: 0).isContiguous)
    }

    @Test(arguments: [
        ([], [3], [3]), ([1], [0], [0]), ([2, 1], [1, 3], [2, 3]),
        ([4, 2, 1], [2, 5], [4, 2, 5]),
        ([3], [2, 3], [2, 3]), ([1, 1], [1], [1, 1]),
    ])
    func shapesBroadcastAsInNumPy(a: [Int], b: [Int], result: [Int]) {
        #expect(Layout.broadcastShape(Extents(a), Extents(b)) == Extents(result))
        #expect(Layout.broadcastShape(Extents(b), Extents(a)) == Extents(result))
    }

    @Test(arguments: [([2], [3]), ([2, 3], [2]), ([0], [2]), ([4, 1, 2], [3, 3])])
    func shapesThatDoNotFitDoNotBroadcast(a: [Int], b: [Int]) {
        #expect(Layout.broadcastShape(Extents(a), Extents(b)) == nil)
        #expect(Layout(contiguous: Extents(a)).broadcast(to: Extents(b)) == nil)
    }

    @Test func aBroadcastHasStrideZero() {
        let layout = Layout(contiguous: [3, 1]).broadcast(to: [2, 3, 4])
        #expect(layout.map { Array($0.strides) } == [0, 1, 0])
    }

    @Test func aMatrixWalkFindsEveryMatrix() {
        let x = Tensor(0..<120, shape: [5, 4, 3, 2]).transposed(1, 0, 2, 3)
        let walk = MatrixWalk(x.layout)
        #expect(walk.count == 20)
        for row in 0..<4 {
            for column in 0..<5 {
                #expect(
                    x.storage.pointer[walk.start(of: row * 5 + column)]
                        == x[row, column, 0, 0].item())
            }
        }
    }

    @Test func aRowWalkMergesNeighbouringAxes() {
        let whole = Layout(contiguous: [4, 5, 6])
        let walk = RowWalk([whole, whole])
        #expect(walk.rows == 1 && walk.width == 120 && walk.strides == [1, 1])
        let part = whole.sliced(axis: 2, start: 0, step: 1, length: 3)
        let broken = RowWalk([part, Layout(contiguous: [4, 5, 3])])
        #expect(broken.rows == 20 && broken.width == 3)
        #expect(broken.start(of: 7, in: 0) == 42 && broken.start(of: 7, in: 1) == 21)
        let broadcast = RowWalk([
            Layout(shape: [4, 5], strides: [0, 0], offset: 3), Layout(contiguous: [4, 5]),
        ])
        #expect(broadcast.rows == 1 && broadcast.strides == [0, 1])
    }
}

@Suite struct ExtentsTests {
    @Test func elementsComeInsertAndGo() {
        var extents: Extents = [2, 3, 4]
        extents.insert(9, at: 1)
        #expect(Array(extents) == [2, 9, 3, 4])
        #expect(extents.remove(at: 0) == 2)
        #expect(extents == [9, 3, 4])
        #expect(extents != [9, 3])
        #expect(extents.product == 108)
        #expect(extents.description == "[9, 3, 4]")
        extents[2] = 5
        #expect(Array(extents) == [9, 3, 5])
    }

    @Test func removedElementsDoNotCountInComparisons() {
        var extents: Extents = [2, 3, 4]
        extents.remove(at: 1)
        #expect(extents == [2, 4])
    }

    @Test func theProductOfNothingIsOne() {
        #expect(Extents().product == 1)
        #expect(Extents([3, 0]).product == 0)
    }

    @Test func negativeAxesCountFromTheEnd() {
        let extents: Extents = [2, 3, 4]
        #expect(extents.axis(-1) == 2 && extents.axis(-3) == 0 && extents.axis(1) == 1)
    }

    @Test func sixAxesFit() {
        let extents = Extents(1...6)
        #expect(extents.count == 6 && extents.product == 720 && extents[5] == 6)
    }
}
