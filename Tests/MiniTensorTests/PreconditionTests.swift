import Foundation
import TestExits
import Testing

@testable import MiniTensor

/// A programmer's mistake ends the process, with a sentence that names the shapes.
@Suite struct PreconditionTests {
    /// Whether a process that ended said all of this.
    private func said(_ result: ExitTest.Result?, _ parts: String...) -> Bool {
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        return parts.allSatisfy { text.contains($0) }
    }

    @Test func shapesMustFit() async {
        let sum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            dieQuietly()
            _ = Tensor.ones([2, 3]) + Tensor.ones([4])
        }
        #expect(said(sum, "+: the shapes [2, 3] and [4] do not broadcast"))
        let product = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = matmul(Tensor.ones([2, 3]), Tensor.ones([2, 3]))
        }
        #expect(said(product, "matmul: the inner extents of [2, 3] and [2, 3] differ: 3 and 2."))
        let reshape = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = Tensor.ones([2, 3]).reshaped(4, 2)
        }
        #expect(said(reshape, "[2, 3] has 6 elements", "[4, 2], which has 8"))
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = concatenated([Tensor.ones([2, 3]), Tensor.ones([2, 4])])
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = `where`(Tensor.ones([2]), Tensor.ones([3]), Tensor(0))
        }
    }

    @Test func positionsMustExist() async {
        let position = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = Tensor.ones([2, 3])[1, -4]
        }
        #expect(said(position, "Index -4 is outside an axis of 3 elements; the shape is [2, 3]."))
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = Tensor.ones([2, 3]).sum(axis: 2)
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = Tensor.ones([2, 3])[0, 0, 0]
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = Tensor.ones([1, 1, 1, 1, 1, 1, 1])
        }
    }

    @Test func tokenIdsMustBeInTheVocabulary() async {
        let rows = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = Tensor.ones([5, 2]).rows([[0, 1], [4, 5]])
        }
        #expect(said(rows, "token id 5 at row 1, position 1 is outside the vocabulary 0..<5"))
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = crossEntropy(logits: Tensor.zeros([1, 2, 3]), targets: [[0, -2]])
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = crossEntropy(logits: Tensor.zeros([1, 2, 3]), targets: [[0, 1, 2]])
        }
    }

    /// As many ids in another arrangement would be those of other positions.
    @Test func targetsMustHaveTheShapeOfThePositions() async {
        let turned = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = crossEntropy(
                logits: Tensor.zeros([2, 3, 5]), targets: [[0, 1], [2, 3], [4, 0]])
        }
        #expect(said(turned, "the targets have shape [3, 2], but there are [2, 3] positions"))
        let fused = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = linearCrossEntropy(
                Tensor.zeros([2, 3, 4]), weight: Tensor.zeros([5, 4]),
                targets: TokenBatch([0, 1, 2, 3, 4, 0]))
        }
        #expect(said(fused, "the targets have shape [1, 6], but there are [2, 3] positions"))
    }

    @Test func tokensMustExist() async {
        let position = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            let batch: TokenBatch = [[1, 2, 3], [4, 5, 6]]
            _ = batch[0, 3]
        }
        #expect(said(position, "no token at row 0, position 3 of a batch of 2 rows of 3"))
        let row = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            let batch: TokenBatch = [[1, 2, 3], [4, 5, 6]]
            _ = batch.row(2)
        }
        #expect(said(row, "There is no row 2 in a batch of 2 rows"))
    }

    @Test func sequencesMustEnd() async {
        let step = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = Tensor.arange(to: 3, by: 0)
        }
        #expect(said(step, "arange: from 0.0 to 3.0 by 0.0", "the step must not be 0"))
        let count = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = Tensor.linspace(0, 1, count: -1)
        }
        #expect(said(count, "linspace: the count must not be negative, but is -1"))
    }

    @Test func namesOfEinsumMustFit() async {
        let extents = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = einsum("ij,jk", Tensor.ones([2, 3]), Tensor.ones([4, 2]))
        }
        #expect(said(extents, "gives one name have the extents 3 and 4"))
        let names = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = einsum("ij->ik", Tensor.ones([2, 3]))
        }
        #expect(said(names, "must name axes of the operands, each once"))
    }

    @Test func labelsMustBeClasses() async {
        let label = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = crossEntropy(logits: Tensor.zeros([2, 3]), labels: [0, 3])
        }
        #expect(said(label, "crossEntropy: label 3 is not one of the 3 classes from 0"))
        let shape = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = crossEntropy(logits: Tensor.zeros([2, 3]), labels: [0])
        }
        #expect(said(shape, "so that the labels must have the shape [2], not [1]"))
    }

    @Test func axesOfAReductionAreNamedOnce() async {
        let axes = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = Tensor.ones([2, 3]).sum(axes: [1, -1])
        }
        #expect(said(axes, "The axes [1, -1] of a reduction name an axis twice"))
    }

    @Test func indicesMustBeWholeNumbers() async {
        let half = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = IntTensor(Tensor([1.9]))
        }
        #expect(said(half, "1.9 is not a whole number of 32 bits; use floor or round first"))
        let outside = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = Tensor([1, 2, 3]).takeAlong([3])
        }
        #expect(said(outside, "takeAlong: index 3 is not a position in an axis of 3 elements"))
    }

    @Test func theKernelsThatAreAskedForMustExist() async {
        let kernels = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            setenv("MINIGPT_KERNELS", "avx9000", 1)
            _ = Tensor([1, 2]) + 1
        }
        #expect(said(kernels, "MINIGPT_KERNELS is \"avx9000\", but this processor runs portable"))
        #expect(Compute.complaint(aboutKernels: "portable") == nil)
    }

    @Test func widthsMustMatch() async {
        let width = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = linear(Tensor.ones([2, 3]), weight: Tensor.ones([4, 5]))
        }
        #expect(said(width, "linear: x has shape [2, 3]", "[4, 5]"))
        let heads = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = selfAttention(Tensor.ones([1, 2, 12]), heads: 3)
        }
        #expect(said(heads, "a last axis of 12", "3 heads"))
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = layerNorm(Tensor.ones([2, 3]), weight: Tensor.ones([4]))
        }
        let eps = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = layerNorm(Tensor.ones([2, 3]), eps: 0)
        }
        #expect(said(eps, "layerNorm: eps must be above 0, but is 0.0"))
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            let q = Tensor.ones([1, 2, 3, 4])
            _ = scaledDotProductAttention(queries: q, keys: q[.ellipsis, ..<2], values: q)
        }
    }

    @Test func onlyScalarsAreDifferentiated() async {
        let vector = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = gradient(at: Tensor.ones([3])) { $0 * 2 }
        }
        #expect(said(vector, "the result has shape [3]"))
        let nested = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = gradient(at: Tensor.ones([3])) { x in
                gradient(at: Tensor.ones([3])) { y in (x * y).sum() }.sum()
            }
        }
        #expect(said(nested, "Nested gradients are not supported"))
    }

    /// A result that an outer differentiation records, inside an inner one that has no part in it.
    @Test func anInnerDifferentiationDoesNotDetachTheOuterOne() async {
        let lost = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = gradient(at: Tensor.ones([3])) { x in
                gradient(at: Tensor.ones([3])) { _ in square(x).sum() }.sum()
            }
        }
        #expect(said(lost, "Nested gradients are not supported", "Use detached()"))
        let input = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = gradient(at: Tensor.ones([3])) { x in
                gradient(at: x * 2) { square($0).sum() }.sum()
            }
        }
        #expect(said(input, "Nested gradients are not supported"))
    }

    @Test func customDerivativesMustFit() async {
        let shape = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = gradient(at: Tensor.ones([3])) { x in
                customDerivative(of: x) {
                    ($0, ())
                } backward: { g, _ in
                    g.sum()
                }.sum()
            }
        }
        #expect(said(shape, "a gradient of shape [] for input 0, whose shape is [3]"))
        let count = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = gradient(at: Tensor.ones([3])) { x in
                customDerivative(of: [x, x]) {
                    ($0[0], ())
                } backward: { g, _ in
                    [g]
                }.sum()
            }
        }
        #expect(said(count, "backward returned 1 gradients for 2 inputs"))
        let hidden = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = gradient(at: Tensor.ones([3])) { x in
                customDerivative(of: Tensor.ones([3])) {
                    ($0 * x, ())
                } backward: { g, _ in
                    g
                }
                .sum()
            }
        }
        #expect(said(hidden, "is not among its inputs"))
    }

    @Test func sharedMemoryIsNotWritten() async {
        let shared = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            var x = Tensor.ones([3])
            let view = x[0..<2]
            x.writing { $0[0] = 5 }
            withExtendedLifetime(view) {}
        }
        #expect(said(shared, "Memory that another tensor shares cannot be written"))
    }

    @Test func whatIsDifferentiatedIsNotOverwritten() async {
        let target = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = gradient(at: Tensor.ones([3])) { x in
                var y = x * 2
                y[0] = Tensor(5)
                return y.sum()
            }
        }
        #expect(said(target, "being differentiated"))
        let value = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = gradient(at: Tensor.ones([1])) { x in
                var y = Tensor.zeros([3])
                y[1..<2] = x
                return y.sum() + x.sum()
            }
        }
        #expect(said(value, "being differentiated"))
    }
}
