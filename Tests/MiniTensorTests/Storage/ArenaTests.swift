import Testing

@testable import MiniTensor

@Suite struct ArenaTests {
    private let granule = Arena.granule

    /// A buffer of so many granules.
    private func take(
        _ granules: Int, from arena: inout Arena
    ) throws -> UnsafeMutableRawPointer {
        let start = arena.take(granules * granule)
        return try #require(start)
    }

    @Test func sizesAreRoundedUpToGranules() {
        #expect(Arena.rounded(1) == granule)
        #expect(Arena.rounded(granule) == granule)
        #expect(Arena.rounded(granule + 1) == 2 * granule)
    }

    @Test func freeNeighboursBecomeOneBlockInWhicheverOrderTheyCome() throws {
        for order in [[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 0, 2], [2, 0, 1], [1, 2, 0]] {
            var arena = Arena()
            let blocks = try (1...3).map { try take($0, from: &arena) }
            let wall = try take(1, from: &arena)
            for index in order { arena.give(blocks[index], (index + 1) * granule) }
            #expect(arena.freeBytes == 6 * granule)
            let whole = try take(6, from: &arena)
            #expect(whole == blocks[0], "order \(order)")
            #expect(arena.freeBytes == 0)
            arena.give(blocks[0], 6 * granule)
            arena.give(wall, granule)
            arena.trim()
        }
    }

    @Test func aBufferIsCutFromTheSmallestBlockItFitsInto() throws {
        var arena = Arena()
        let sizes = [5, 1, 3, 1, 4, 1]
        let blocks = try sizes.map { try take($0, from: &arena) }
        for index in [0, 2, 4] { arena.give(blocks[index], sizes[index] * granule) }
        let expected = [
            (3, blocks[2]), (2, blocks[4]), (2, blocks[4] + 2 * granule), (5, blocks[0]),
        ]
        for (granules, place) in expected {
            let block = try take(granules, from: &arena)
            #expect(block == place)
        }
        #expect(arena.freeBytes == 0)
    }

    @Test func whatStaysIsCutFromTheEnd() throws {
        var arena = Arena()
        let first = try take(2, from: &arena)
        _ = try take(1, from: &arena)
        let second = try take(6, from: &arena)
        _ = try take(1, from: &arena)
        arena.give(first, 2 * granule)
        arena.give(second, 6 * granule)
        // The end of the last block that is large enough, though the first fits better and the other
        // was given back last.
        for (granules, place) in [(2, second + 4 * granule), (4, second), (2, first)] {
            let block = arena.take(granules * granule, atEnd: true)
            #expect(block == place)
        }
        #expect(arena.freeBytes == 0)
    }

    /// So that only what is missing is new memory.
    @Test func aFreeBlockAtTheEndOfWhatWasUsedGrows() throws {
        var arena = Arena()
        _ = try take(1, from: &arena)
        let last = try take(2, from: &arena)
        arena.give(last, 2 * granule)
        let grown = try take(7, from: &arena)
        #expect(grown == last)
        #expect(arena.freeBytes == 0)
    }

    @Test func whatIsTrimmedIsGone() throws {
        var arena = Arena()
        let first = try take(1, from: &arena)
        let second = try take(1, from: &arena)
        arena.give(first, granule)
        arena.trim()
        #expect(arena.freeBytes == 0)
        let next = try take(1, from: &arena)
        #expect(next == second + granule)
    }

    @Test func moreThanAReservationCanBeHad() throws {
        var arena = Arena()
        let bytes = 3 << 30
        let large = try take(bytes / granule, from: &arena)
        // Only the pages that are written to take memory.
        large.storeBytes(of: 7, toByteOffset: bytes - 8, as: Int.self)
        let small = try take(1, from: &arena)
        #expect(small >= large + bytes || small + granule <= large)
        arena.give(large, bytes)
        arena.give(small, granule)
        arena.trim()
    }

    @Test func whatTheSystemDoesNotHaveIsRefused() throws {
        var arena = Arena()
        for bytes in [1 << 60, Int.max / granule * granule] {
            let refused = arena.take(bytes)
            #expect(refused == nil)
        }
        _ = try take(1, from: &arena)
    }

    /// It is still in the caches.
    @Test func ofEqualBuffersTheLastThatWasGivenBackComesFirst() throws {
        var arena = Arena()
        let blocks = try (0..<4).map { _ in try take(2, from: &arena) }
        for index in [2, 0, 3, 1] { arena.give(blocks[index], 2 * granule) }
        for index in [1, 3, 0, 2] {
            let block = try take(2, from: &arena)
            #expect(block == blocks[index])
        }
    }

    /// Buffers in use never share memory, and nothing is lost between them.
    @Test(arguments: 0..<20 as Range<UInt64>) func buffersInUseNeverOverlap(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var arena = Arena()
        var live: [(start: UnsafeMutableRawPointer, bytes: Int, mark: Int)] = []
        var highest = 0
        for step in 0..<600 {
            if live.isEmpty || Int.random(in: 0..<5, using: &generator) < 3 {
                let granules = Int.random(in: 1...40, using: &generator)
                let bytes = granules * granule
                let start = try take(granules, from: &arena)
                for buffer in live {
                    try #require(
                        start + bytes <= buffer.start || buffer.start + buffer.bytes <= start)
                }
                start.storeBytes(of: step, as: Int.self)
                start.storeBytes(of: step, toByteOffset: bytes - 8, as: Int.self)
                live.append((start, bytes, step))
            } else {
                let index = Int.random(in: 0..<live.count, using: &generator)
                let buffer = live.remove(at: index)
                #expect(buffer.start.load(as: Int.self) == buffer.mark)
                #expect(
                    buffer.start.load(fromByteOffset: buffer.bytes - 8, as: Int.self)
                        == buffer.mark)
                arena.give(buffer.start, buffer.bytes)
            }
            let held = live.reduce(arena.freeBytes) { $0 + $1.bytes }
            #expect(held >= highest, "Memory was lost in step \(step).")
            highest = held
        }
        for buffer in live { arena.give(buffer.start, buffer.bytes) }
        #expect(arena.freeBytes == highest)
        // All of it is one block again.
        _ = try take(highest / granule, from: &arena)
        #expect(arena.freeBytes == 0)
    }
}
