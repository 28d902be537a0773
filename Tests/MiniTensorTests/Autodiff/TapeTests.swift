import Testing

@testable import MiniTensor

@Suite struct TapeTests {
    @Test func aValueUsedTwiceAccumulates() {
        let x = Tensor([2, 3])
        let slope = gradient(at: x) { x in (x * x * x + x * 5 + x).sum() }
        #expect(slope.scalars == [18, 33])
    }

    @Test func anUnusedInputHasGradientZero() {
        let (a, b) = gradient(at: Tensor.ones([2]), Tensor.ones([3, 2]).T) { a, _ in a.sum() }
        #expect(a.scalars == [1, 1])
        #expect(b.shape == [2, 3] && b.scalars == [0, 0, 0, 0, 0, 0])
    }

    @Test func aConstantResultHasGradientZero() {
        let (value, slope) = valueAndGradient(at: Tensor([1, 2])) { _ in Tensor(7) }
        #expect(value.item() == 7 && slope.scalars == [0, 0])
    }

    @Test func anInputCanBeTheResult() {
        let (value, slope) = valueAndGradient(at: Tensor(3)) { $0 }
        #expect(value.item() == 3 && slope.item() == 1)
        #expect(gradient(at: Tensor([3])) { $0 }.shape == [1])
    }

    @Test func detachedValuesAreConstants() {
        let slope = gradient(at: Tensor([2, 3])) { x in (x * x.detached()).sum() }
        #expect(slope.scalars == [2, 3])
        #expect(gradient(at: Tensor([2, 3])) { $0.detached().sum() }.scalars == [0, 0])
    }

    @Test func resultsAreOffTheTape() {
        let (value, slope) = valueAndGradient(at: Tensor([1, 2])) { square($0).sum() }
        #expect(!value.isRecorded && !slope.isRecorded)
    }

    @Test func nothingIsRecordedOutside() {
        let x = Tensor([1, 2])
        #expect(!(x * x + softmax(x)).isRecorded)
    }

    @Test func derivativesAreNotRecorded() {
        // The second derivative is a value of its own.
        let outer = gradient(at: Tensor([3])) { x in
            let inner = gradient(at: x.detached()) { ($0 * $0 * $0).sum() }
            return (inner * x).sum()
        }
        #expect(outer.scalars == [27])
    }

    @Test func kindsAreRecordedInOrder() {
        let tape = Tape()
        let x = tape.input(Tensor([1, 2]))
        _ = exp(x + 1).sum() + Tensor(2)
        #expect(tape.recordedKinds == [.add, .exp, .sum, .add])
        tape.close()
        #expect(tape.recordedKinds.isEmpty)
        #expect(!(x * 2).isRecorded)
    }

    /// As a hidden state that is carried to the next step.
    @Test func tensorsOfAClosedTapeAreConstants() {
        var carried = Tensor([0, 0])
        let first = gradient(at: Tensor([1, 2])) { x in
            carried = x * 3
            return (carried * carried).sum()
        }
        #expect(first.scalars == [18, 36])
        let (a, b) = gradient(at: Tensor([5, 6]), Tensor([7, 8])) { a, b in
            let sum = concatenated([a * carried, carried * b, exp(carried) * 0]).sum()
            return sum + linear(carried.reshaped(1, 2), weight: a.reshaped(1, 2)).sum()
        }
        #expect(a.scalars == [6, 12] && b.scalars == [3, 6])
        // It can be changed, and be differentiated itself.
        carried[0] = Tensor(4)
        #expect(gradient(at: carried) { square($0).sum() }.scalars == [8, 12])
        #expect(!exp(carried).isRecorded)
    }

    @Test func constantsAreNotDifferentiated() {
        let tape = Tape()
        let x = tape.input(Tensor([1, 2]))
        _ = Tensor([3, 4]) * 2
        #expect(tape.recordedKinds.isEmpty)
        _ = x * Tensor([3, 4])
        #expect(tape.recordedKinds == [.multiply])
        tape.close()
    }

    @Test func errorsPassThrough() {
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try gradient(at: Tensor([1])) { (_: Tensor) throws(Stop) in throw Stop() }
        }
    }

    @Test func aSliceFindsAGradientThatIsPartOfALargerOne() {
        // The gradient of x comes as the second half of the gradient of the joined tensor.
        let slope = gradient(at: Tensor([1, 2, 3])) { x in
            let middle = x[1..<2]
            let joined = concatenated([Tensor([10, 20]), x]) * Tensor([1, 2, 3, 4, 5])
            return joined.sum() + (middle * 100).sum()
        }
        #expect(slope.scalars == [3, 104, 5])
    }

    @Test func aGradientThatMovedInIsNotSharedWithAnother() {
        // Both inputs of + get the same tensor; adding to one must not change the other.
        let (a, b) = gradient(at: Tensor([1, 2]), Tensor([3, 4])) { a, b in
            let extra = (a * 10).sum()
            return (a + b).sum() + extra
        }
        #expect(a.scalars == [11, 11] && b.scalars == [1, 1])
        let (c, d) = gradient(at: Tensor([1, 2]), Tensor([3, 4])) { a, b in
            let first = linear(a.reshaped(1, 2), weight: Tensor.identity(2))
            return ((first + b) * Tensor([2, 3])).sum()
        }
        #expect(c.scalars == [2, 3] && d.scalars == [2, 3])
    }

    @Test func aChainOf200000OperationsDoesNotOverflowTheStack() {
        let slope = gradient(at: Tensor([1, 2])) { x in
            var y = x
            for _ in 0..<100_000 { y = -(y + 1) }
            return y.sum()
        }
        #expect(slope.scalars == [1, 1])
    }

    @Test func aLongChainThatIsNotDifferentiatedIsReleasedToo() {
        let (value, slope) = valueAndGradient(at: Tensor([1, 2])) { x in
            var y = x
            for _ in 0..<200_000 { y = y * 1 }
            return Tensor(y.detached().sum().item())
        }
        #expect(value.item() == 3 && slope.scalars == [0, 0])
    }
}
