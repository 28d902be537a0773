import TestExits
import Testing

@testable import MiniTensor

/// The buffer pool is one for the whole process, and other tests use it at the same time: what has
/// to do with its counts runs in a process of its own.
@Suite struct MemoryTests {
    @Test func differentiatingLeavesNoBufferBehind() async {
        await #expect(processExitsWith: .success) {
            expectNoBufferLeft {
                let x = Tensor(0..<12, shape: [3, 4])
                _ = gradient(at: x) { x in
                    var y = x
                    for _ in 0..<50 { y = tanh(y * 0.5 + x) }
                    return softmax(y).sum() + y[1..<3].T.sum()
                }
            }
        }
    }

    @Test func theFusedOperationsLeaveNoBufferBehind() async {
        await #expect(processExitsWith: .success) {
            expectNoBufferLeft {
                let (x, w) = (Tensor.ones([2, 70, 12]), Tensor.ones([36, 12]))
                _ = valueAndGradients(at: [x, w]) { inputs in
                    let packed = linear(
                        layerNorm(inputs[0]), weight: inputs[1], activation: .gelu)
                    let mixed = dropout(selfAttention(packed, heads: 3), p: 0.1, seed: 1)
                    let y = linear(
                        mixed, weight: inputs[1][..<12], bias: nil, addingTo: inputs[0])
                    return linearCrossEntropy(
                        y, weight: inputs[1],
                        targets: TokenBatch(
                            [Int32](repeating: 3, count: 140), batch: 2, time: 70))
                }
            }
        }
    }

    /// x·mask needs x for the gradient of the mask only, which is a constant.
    @Test func theFactorOfAConstantIsNotKept() async {
        await #expect(processExitsWith: .success) {
            let (mask, count) = (Tensor.ones([1 << 16]), 1 << 16)
            func bytesKept(_ operation: (Tensor) -> Tensor) -> Int {
                let tape = Tape()
                defer { tape.close() }
                let input = tape.input(Tensor.ones([count]))
                let before = BufferPool.shared.liveBytes
                let y = operation(input + 1)
                return withExtendedLifetime(y) { BufferPool.shared.liveBytes - before }
            }
            precondition(bytesKept { $0 * $0 } >= 8 * count)
            precondition(bytesKept { $0 * mask } < 5 * count)
            precondition(bytesKept { mask * $0 } < 5 * count)
        }
    }

    @Test func aThrownErrorLeavesNoBufferBehind() async {
        await #expect(processExitsWith: .success) {
            expectNoBufferLeft {
                do {
                    _ = try gradient(at: Tensor.ones([9])) { x -> Tensor in
                        let y = x * 2 + exp(x)
                        if y.count == 9 { throw CancellationError() }
                        return y.sum()
                    }
                } catch {}
            }
        }
    }

    @Test func aResultOffTheTapeLeavesNoBufferBehind() async {
        await #expect(processExitsWith: .success) {
            expectNoBufferLeft {
                _ = gradient(at: Tensor.ones([9])) { x in
                    _ = (x * x).sum()
                    return Tensor(1)
                }
            }
        }
    }

    @Test func aRecomputedActivationIsNotKept() async {
        await #expect(processExitsWith: .success) {
            let (x, w) = (Tensor.ones([512, 16]), Tensor.ones([2_048, 16]))
            func bytesKept(recomputes: Bool) -> Int {
                var bytes = 0
                _ = gradient(at: x, w) { x, w in
                    let before = BufferPool.shared.liveBytes
                    let y = linear(x, weight: w, activation: .gelu, recomputesResult: recomputes)
                    let z = linear(y, weight: w.T)
                    bytes = BufferPool.shared.liveBytes - before
                    return z.sum()
                }
                return bytes
            }
            // The inside, y as long as it is named here, and what is small.
            let inside = 512 * 2_048 * 4
            precondition(bytesKept(recomputes: false) >= 2 * inside)
            precondition(bytesKept(recomputes: true) < inside * 3 / 2)
        }
    }

    @Test func aDerivativeCanLetGoOfTheGradientItWasGiven() async {
        await #expect(processExitsWith: .success) {
            _ = gradient(at: Tensor.ones([1 << 18])) { x in
                let y = x.recorded(.square, inputs: [x]) { gradient, gradients in
                    let pool = BufferPool.shared
                    let (before, variable) = (pool.liveBytes, x.variable)
                    let product = gradient * 2
                    precondition(pool.liveBytes == before + 1 << 20)
                    _ = consume gradient
                    precondition(pool.liveBytes == before)
                    gradients.add(product, to: variable)
                }
                return (y * y).sum()
            }
        }
    }

    @Test func memoryIsFlatAfterTheFirstStep() async {
        await #expect(processExitsWith: .success) {
            // On one thread: with two, how many scratch buffers live at a time is a matter of luck.
            Compute.$threads.withValue(1) {
                let (x, w) = (Tensor.ones([64, 128]), Tensor.ones([256, 128]))
                func step() {
                    _ = gradient(at: x, w) { x, w in
                        square(linear(x, weight: w, activation: .gelu)).sum()
                    }
                }
                for _ in 0..<3 { step() }
                let pool = BufferPool.shared
                let (peak, free) = (pool.peakLiveBytes, pool.freeBytes)
                for _ in 0..<20 { step() }
                precondition(pool.peakLiveBytes == peak)
                precondition(pool.freeBytes == free)
            }
        }
    }

    @Test func aTensorHoldsOneBufferHoweverManyViewsItHas() async {
        await #expect(processExitsWith: .success) {
            let before = BufferPool.shared.liveBuffers
            let x = Tensor.ones([100, 100])
            let views = [x.T, x[3], x.reshaped(-1), x.broadcast(to: [2, 100, 100])]
            precondition(BufferPool.shared.liveBuffers == before + 1)
            withExtendedLifetime(views) {}
        }
    }

    /// The checks above would pass if a child process could not fail.
    @Test func aLeakWouldBeSeen() async {
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            var kept: [Tensor] = []
            expectNoBufferLeft { kept.append(Tensor.ones([3])) }
            withExtendedLifetime(kept) {}
        }
    }
}

/// Ends the process if `body` leaves a buffer behind.
private func expectNoBufferLeft(_ body: () -> Void) {
    // The first time may fill caches of the library.
    body()
    let (buffers, bytes) = (BufferPool.shared.liveBuffers, BufferPool.shared.liveBytes)
    body()
    guard BufferPool.shared.liveBuffers == buffers, BufferPool.shared.liveBytes == bytes else {
        fatalError("There were \(buffers) buffers and now are \(BufferPool.shared.liveBuffers).")
    }
}
