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
        let last = reading(x[0], x[1], optional: x[2]) { [$0[0], $1[0], $2?[0]] }
        #expect(last == [0, 4, 8])
        let none = reading(x[0], x[1], optional: nil) { [$0[0], $1[0], $2?[0]] }
        #expect(none == [0, 4, nil])
        for (b, c) in [(nil, nil), (x[1], nil), (nil, x[2]), (x[1], x[2])] as [(Tensor?, Tensor?)] {
            let values = reading(x[0, 3], optional: b, c) { [$0[0], $1?[0], $2?[0]] }
            #expect(values == [3, b == nil ? nil : 4, c == nil ? nil : 8])
        }
    }

    @Test func writingChangesTheTensorOnly() {
        let x = Tensor(0..<4)
        var y = x
        y.makeUniqueAndContiguous()
        y.writing { $0[2] = 7 }
        #expect(y.scalars == [0, 1, 7, 3] && x.scalars == [0, 1, 2, 3])
        var z = Tensor.zeros([2])
        writing(&y, &z) { ($0[0], $1[1]) = (5, 6) }
        #expect(y.scalars == [5, 1, 7, 3] && z.scalars == [0, 6])
    }
}
