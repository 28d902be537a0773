import Testing

@testable import MiniTensor

@Suite struct CreationTests {
    @Test func literalsNest() {
        let scalar = Tensor(2.5)
        let vector: Tensor = [1, 2.5, -3]
        let matrix: Tensor = [[1, 2], [3, 4], [5, 6]]
        let cube: Tensor = [[[1], [2]], [[3], [4]]]
        let nothing: Tensor = []
        #expect(scalar.shape == [] && scalar.item() == 2.5)
        #expect(vector.shape == [3] && vector.scalars == [1, 2.5, -3])
        #expect(matrix.shape == [3, 2] && matrix.scalars == [1, 2, 3, 4, 5, 6])
        #expect(cube.shape == [2, 2, 1] && cube.scalars == [1, 2, 3, 4])
        #expect(nothing.shape == [0])
    }

    @Test func arraysAndRangesTakeAShape() {
        #expect(Tensor([1, 2, 3]).shape == [3])
        #expect(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])[1, 0].item() == 3)
        #expect(
            Tensor([1, 2, 3, 4, 5][1..<3] as ArraySlice<Float>, shape: [2, 1]).scalars == [2, 3])
        #expect(Tensor(3..<6).scalars == [3, 4, 5])
        #expect(Tensor(0..<6, shape: [3, 2]).strides == [2, 1])
    }

    @Test func filledTensorsHoldOneNumber() {
        #expect(Tensor.zeros([2, 2]).scalars == [0, 0, 0, 0])
        #expect(Tensor.ones([3]).scalars == [1, 1, 1])
        #expect(Tensor(repeating: -2, shape: [2, 1]).scalars == [-2, -2])
        let large = Tensor(repeating: 3, shape: [100_003])
        #expect(large.scalars.allSatisfy { $0 == 3 })
        let transpose = Tensor(0..<6, shape: [2, 3]).T
        #expect(Tensor.zeros(like: transpose).shape == [3, 2])
        #expect(Tensor.ones(like: transpose).isContiguous)
    }

    @Test func theIdentityHasOnesOnItsDiagonal() {
        #expect(Tensor.identity(3).scalars == [1, 0, 0, 0, 1, 0, 0, 0, 1])
        #expect(Tensor.identity(0).shape == [0, 0])
    }

    @Test func evenlySpacedNumbersMeetTheirEnds() {
        #expect(Tensor.linspace(0, 1, count: 5).scalars == [0, 0.25, 0.5, 0.75, 1])
        #expect(Tensor.linspace(3, 9, count: 1).scalars == [3])
        #expect(Tensor.linspace(3, 9, count: 0).scalars.isEmpty)
        for count in 2..<300 {
            let numbers = Tensor.linspace(0, 1, count: count).scalars
            #expect(numbers.first == 0 && numbers.last == 1, "\(count)")
            let down = Tensor.linspace(0.7, -1e-3, count: count).scalars
            #expect(down.first == 0.7 && down.last == -1e-3, "\(count)")
        }
        #expect(Tensor.arange(to: 3).scalars == [0, 1, 2])
        #expect(Tensor.arange(from: 1, to: 2, by: 0.5).scalars == [1, 1.5])
        #expect(Tensor.arange(from: 2, to: 0, by: -1).scalars == [2, 1])
    }

    @Test func shapesCanBeTakenApart() {
        let (a, b) = Tensor.zeros([2, 3]).shape2
        let (c, d, e) = Tensor.zeros([2, 3, 4]).shape3
        let (f, g, h, i) = Tensor.zeros([2, 3, 4, 5]).shape4
        #expect((a, b) == (2, 3) && (c, d, e) == (2, 3, 4) && (f, g, h, i) == (2, 3, 4, 5))
        let x = Tensor.zeros([2, 3])
        #expect(x.rank == 2 && x.count == 6 && x.dim(-1) == 3 && x.dim(0) == 2)
    }
}

@Suite struct TokenBatchTests {
    private let batch: TokenBatch = [[1, 2, 3], [4, 5, 6]]

    @Test func rowsAndIdsCanBeReadAndWritten() {
        var batch = batch
        #expect(batch.shape == [2, 3] && batch[1, 2] == 6 && Array(batch.row(1)) == [4, 5, 6])
        batch[0, 1] = 9
        #expect(batch.tokens == [1, 9, 3, 4, 5, 6])
        #expect(batch.rows(1..<2) == [[4, 5, 6]])
        #expect(TokenBatch([7, 8]).shape == [1, 2])
    }

    @Test func emptyBatchesAreAllowed() {
        let empty: TokenBatch = []
        #expect(empty.shape == [0, 0])
        #expect(TokenBatch([], batch: 3, time: 0).row(2).isEmpty)
    }
}
