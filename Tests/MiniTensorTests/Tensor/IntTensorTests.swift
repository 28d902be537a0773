import Testing

@testable import MiniTensor

@Suite struct IntTensorTests {
    private let x: IntTensor = [[1, 2, 3], [4, 5, 6]]

    @Test func wholeNumbersAreExactWhereFloatsAreNot() {
        let large = IntTensor([16_777_217, Int32.max])
        #expect(large.scalars == [16_777_217, 2_147_483_647])
        #expect(large[0].item() == 16_777_217)
    }

    @Test func viewsAreReadInTheirOrder() {
        #expect(x.shape == [2, 3] && x.strides == [3, 1])
        #expect(x.T.scalars == [1, 4, 2, 5, 3, 6])
        #expect(x[.all, .stride(by: -2)].scalars == [3, 1, 6, 4])
        #expect(x[1, -1].item() == 6)
        #expect(x.T.reshaped(2, -1).scalars == [1, 4, 2, 5, 3, 6])
        #expect(x[0].broadcast(to: [2, 3]).scalars == [1, 2, 3, 1, 2, 3])
        #expect(x.expandedDimensions(axis: -1).shape == [2, 3, 1])
        #expect(x[..<0].scalars == [] && x[..<0].shape == [0, 3])
    }

    @Test func aWrittenPartIsACopyOfItsOwn() {
        var y = x.T
        y[1] = [7, 8]
        y[0, 0] = IntTensor(9)
        #expect(y.scalars == [9, 4, 7, 8, 3, 6])
        #expect(x.scalars == [1, 2, 3, 4, 5, 6])
    }

    @Test func arithmeticBroadcastsAndComparisonsGiveMasks() {
        #expect((x + IntTensor([10, 20, 30])).scalars == [11, 22, 33, 14, 25, 36])
        #expect((x * 2 - 1).scalars == [1, 3, 5, 7, 9, 11])
        #expect((x .== 4).scalars == [0, 0, 0, 1, 0, 0])
        #expect((x .>= x.T[1].reshaped(2, 1)).scalars == [0, 1, 1, 0, 1, 1])
        #expect((x .!= x).sum().item() == 0)
    }

    @Test func equalTensorsHaveOneShape() {
        #expect(x == x.T.T && x != x.T)
        #expect(x.reshaped(6) != x)
    }

    @Test func itIsMadeFromRangesFloatsAndTokens() {
        #expect(IntTensor(2..<5).scalars == [2, 3, 4])
        #expect(IntTensor(0..<6, shape: [3, 2])[2].scalars == [4, 5])
        #expect(IntTensor(floor(Tensor([1.5, -0.5]))).scalars == [1, -1])
        #expect(Tensor(x).scalars == [1, 2, 3, 4, 5, 6])
        let tokens: TokenBatch = [[1, 2], [3, 4]]
        #expect(IntTensor(tokens).T.scalars == [1, 3, 2, 4])
        #expect(TokenBatch(IntTensor(tokens)) == tokens)
    }

    @Test func labelsAreOneHot() {
        #expect(IntTensor([2, 0]).oneHot(classes: 3).scalars == [0, 0, 1, 1, 0, 0])
    }

    @Test func theAccuracyOfAClassifierTakesNoFloats() {
        let logits: Tensor = [[1, 3, 2], [5, 0, 0]]
        #expect((logits.argMax(axis: -1) .== [1, 2]).mean().item() == 0.5)
    }
}
