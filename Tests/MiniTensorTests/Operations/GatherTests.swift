import Testing

@testable import MiniTensor

@Suite struct TopKTests {
    @Test func theLargestComeFirstAndEqualsInOrder() {
        let (values, indices) = Tensor([2, 7, 1, 7, 5], shape: [1, 5]).topK(4)
        #expect(values.scalars == [7, 7, 5, 2] && indices.scalars == [1, 3, 4, 0])
    }

    /// As in `max`, which is NaN if one element is.
    @Test func whatIsNotANumberComesFirst() {
        let rows = Tensor(
            [1, .nan, 3, .nan, 2, .nan, .nan, .nan, .nan, .nan, .infinity, 0, -.infinity, .nan, 4],
            shape: [3, 5])
        let (values, indices) = rows.topK(3)
        #expect(indices.scalars == [1, 3, 2, 0, 1, 2, 3, 0, 4])
        let shown = values.scalars.map { $0.isNaN ? -1 : $0 }
        #expect(shown == [-1, -1, 3, -1, -1, -1, -1, .infinity, 4])
    }

    @Test func noNumberIsLostAmongThoseThatAreNone() {
        // Long enough for every way of sorting.
        let numbers = (0..<300).map { $0.isMultiple(of: 7) ? Float.nan : Float($0 * 37 % 300) }
        let sorted = Tensor(numbers).topK(300).values.scalars
        let bad = numbers.count { $0.isNaN }
        let comesFirst = sorted[..<bad].allSatisfy { $0.isNaN }
        #expect(comesFirst)
        let isRight = Array(sorted[bad...]) == numbers.filter { !$0.isNaN }.sorted(by: >)
        #expect(isRight)
    }
}
