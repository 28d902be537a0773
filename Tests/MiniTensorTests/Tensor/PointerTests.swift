import Testing

@testable import MiniTensor

@Suite struct PointerTests {
    @Test func readingStartsAtTheFirstElementOfAView() {
        let x = Tensor(0..<12, shape: [3, 4])
        let pair = x[1..., 2...].reading { [$0[0], $0[1]] }
        #expect(pair == [6, 7])
        let two = reading(x[1], x[2]) { [$0[0], $1[0]] }
        #expect(two == [4, 8])
        let three = reading(x[0, 1...], x[1], x[2]) { [$0[0], $1[0], $2[0]] }
        #expect(three == [1, 4, 8])
        let present = reading(ifPresent: x[2]) { $0?[0] }
        let missing = reading(ifPresent: nil) { $0?[0] }
        #expect(present == 8 && missing == nil)
    }

    @Test func writingChangesTheTensorOnly() {
        let x = Tensor(0..<4)
        var y = x
        y.makeUniqueAndContiguous()
        y.writing { $0[2] = 7 }
        #expect(y.scalars == [0, 1, 7, 3] && x.scalars == [0, 1, 2, 3])
    }
}
