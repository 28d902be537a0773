import Testing

@testable import MiniTensor

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

    @Test func whatLargeBuffersLeaveIsUsedForOthersOfAnySize() {
        let pool = BufferPool(capacity: 1 << 30)
        let first = pool.take(count: 1 << 20)
        let second = pool.take(count: 1 << 19)
        let place = min(first.pointer, second.pointer)
        pool.give(first)
        pool.give(second)
        #expect(pool.freeBytes == 6 << 20)
        let both = pool.take(count: 3 << 19)
        #expect(both.pointer == place && pool.freeBytes == 0)
        pool.give(both)
        pool.trim()
        #expect(pool.liveBytes == 0 && pool.liveBuffers == 0 && pool.freeBytes == 0)
    }

    @Test func aLowerCapacityGivesBackWhatIsKept() {
        let pool = BufferPool(capacity: 1 << 20)
        let buffers = (0..<4).map { _ in pool.take(count: 1_024) }
        for buffer in buffers { pool.give(buffer) }
        pool.capacity = 16_384
        #expect(pool.capacity == 16_384 && pool.freeBytes == 16_384)
        pool.capacity = 16_383
        #expect(pool.freeBytes == 0)
        for buffer in (0..<4).map({ _ in pool.take(count: 1_024) }) { pool.give(buffer) }
        #expect(pool.freeBytes == 12_288)
        pool.trim()
    }

    @Test func aLargeBufferBeyondTheCapacityIsNotKept() {
        let pool = BufferPool(capacity: 5 << 20)
        let buffers = (0..<2).map { _ in pool.take(count: 1 << 20) }
        for buffer in buffers { pool.give(buffer) }
        #expect(pool.freeBytes == 4 << 20 && pool.liveBytes == 0)
    }
}
