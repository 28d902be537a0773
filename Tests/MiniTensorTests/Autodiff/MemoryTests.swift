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

@Suite struct BufferPoolTests {
    @Test func aReturnedBufferIsHandedOutAgain() {
        let pool = BufferPool(capacity: 1 << 20)
        let first = pool.take(count: 1_000)
        #expect(pool.liveBuffers == 1 && pool.liveBytes == 4_096 && pool.freeBytes == 0)
        pool.give(first)
        #expect(pool.liveBuffers == 0 && pool.liveBytes == 0 && pool.freeBytes == 4_096)
        let second = pool.take(count: 900)
        #expect(second.pointer == first.pointer)
        pool.give(second)
        pool.trim()
        #expect(pool.freeBytes == 0 && pool.peakLiveBytes == 4_096)
    }

    @Test func moreThanTheCapacityIsNotKept() {
        let pool = BufferPool(capacity: 10_000)
        let buffers = (0..<4).map { _ in pool.take(count: 1_024) }
        for buffer in buffers { pool.give(buffer) }
        #expect(pool.freeBytes == 8_192)
        pool.trim()
    }

    @Test(arguments: [0, 1, 63, 64, 65, 96, 97, 128, 129, 1_000_003])
    func buffersAreAlignedLargeEnoughAndNotMuchLarger(count: Int) {
        let pool = BufferPool(capacity: 0)
        let buffer = pool.take(count: count)
        #expect(Int(bitPattern: buffer.pointer) % 64 == 0)
        #expect(pool.liveBytes >= 4 * count)
        #expect(pool.liveBytes <= max(256, 6 * count))
        // All of it can be written.
        buffer.pointer.update(repeating: 1, count: count)
        pool.give(buffer)
        #expect(pool.freeBytes == 0)
    }

    @Test func aLargeRequestTakesALittleLargerBuffer() {
        let pool = BufferPool(capacity: 1 << 30)
        let large = pool.take(count: 1_250_000)
        pool.give(large)
        let smaller = pool.take(count: 1_000_000)
        #expect(smaller.pointer == large.pointer && pool.freeBytes == 0)
        // Half of it would be unused.
        pool.give(smaller)
        let half = pool.take(count: 500_000)
        #expect(half.pointer != large.pointer)
        pool.give(half)
        pool.trim()
        #expect(pool.liveBytes == 0 && pool.liveBuffers == 0)
    }
}
