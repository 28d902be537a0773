import Foundation

/// Memory for large buffers: each is cut from where it fits best, and free neighbours become one.
///
/// What a forward pass leaves behind is thus used for gradients, whatever the sizes of either, and no
/// more memory is touched than lives at one time, but for the gaps between. Addresses are reserved a
/// gigabyte at a time, which costs nothing until they are written to.
struct Arena {
    /// A range of addresses.
    struct Block {
        var start: UnsafeMutableRawPointer
        var bytes: Int

        var end: UnsafeMutableRawPointer { start + bytes }
    }

    /// What was used before and is free, in order of addresses; no two of them touch.
    private var free: [Block] = []
    /// What became free last, newest at the end, not yet among `free`: a buffer of the same size that is
    /// wanted soon is still in the caches.
    private var warm: [Block] = []
    private var warmBytes = 0
    /// What was reserved last and never used.
    private var untouched: Block?
    /// The bytes that are free and still held.
    private(set) var freeBytes = 0

    /// Buffers are this many bytes or a multiple: whole pages on every system.
    static let granule = 1 << 16
    /// About twice what a last cache holds.
    private static let mostWarmBytes = 64 << 20
    private static let reservation = 1 << 30
    private static let hugePage = 2 << 20

    /// So many bytes rounded up to whole granules.
    static func rounded(_ bytes: Int) -> Int { (bytes + granule - 1) & ~(granule - 1) }

    /// Memory of `bytes` bytes, a multiple of `granule`; `nil` if the system has none left.
    ///
    /// - Parameter atEnd: to cut from the end of what is free, for what stays while other buffers
    ///   come and go: it then leaves one piece for those.
    mutating func take(_ bytes: Int, atEnd: Bool = false) -> UnsafeMutableRawPointer? {
        if !atEnd, let same = warm.lastIndex(where: { $0.bytes == bytes }) {
            freeBytes -= bytes
            warmBytes -= bytes
            return warm.remove(at: same).start
        }
        while !warm.isEmpty { joinOldest() }
        return (atEnd ? cutAtEnd(bytes) : cut(bytes)) ?? takeUntouched(bytes)
    }

    /// Takes back what `take` gave.
    mutating func give(_ start: UnsafeMutableRawPointer, _ bytes: Int) {
        freeBytes += bytes
        warmBytes += bytes
        warm.append(Block(start: start, bytes: bytes))
        while warmBytes > Self.mostWarmBytes { joinOldest() }
    }

    /// A part of the smallest free block that is large enough.
    private mutating func cut(_ bytes: Int) -> UnsafeMutableRawPointer? {
        guard let fit = smallestFreeBlock(of: bytes) else { return nil }
        freeBytes -= bytes
        let start = free[fit].start
        free[fit].start += bytes
        free[fit].bytes -= bytes
        if free[fit].bytes == 0 { free.remove(at: fit) }
        return start
    }

    /// The end of the last free block that is large enough.
    private mutating func cutAtEnd(_ bytes: Int) -> UnsafeMutableRawPointer? {
        guard let fit = free.lastIndex(where: { $0.bytes >= bytes }) else { return nil }
        freeBytes -= bytes
        free[fit].bytes -= bytes
        let start = free[fit].end
        if free[fit].bytes == 0 { free.remove(at: fit) }
        return start
    }

    /// New memory, with the free block before it if there is one.
    private mutating func takeUntouched(_ bytes: Int) -> UnsafeMutableRawPointer? {
        if (untouched?.bytes ?? 0) < bytes {
            guard reserve(bytes) else { return nil }
        }
        guard var rest = untouched else { return nil }
        var start = rest.start
        let before = firstIndex(after: start) - 1
        if before >= 0, free[before].end == start {
            // Less new memory: the free block before it is a part of it.
            start = free[before].start
            freeBytes -= free[before].bytes
            free.remove(at: before)
        }
        let end = start + bytes
        rest.bytes -= end - rest.start
        rest.start = end
        untouched = rest
        return start
    }

    /// Puts the oldest of the warm blocks among the free ones, together with its neighbours.
    private mutating func joinOldest() {
        let block = warm.removeFirst()
        let (start, bytes) = (block.start, block.bytes)
        warmBytes -= bytes
        let place = firstIndex(after: start)
        let joinsNext = place < free.count && free[place].start == start + bytes
        let joinsPrevious = place > 0 && free[place - 1].end == start
        switch (joinsPrevious, joinsNext) {
        case (true, true):
            free[place - 1].bytes += bytes + free[place].bytes
            free.remove(at: place)
        case (true, false):
            free[place - 1].bytes += bytes
        case (false, true):
            free[place].start = start
            free[place].bytes += bytes
        case (false, false):
            free.insert(block, at: place)
        }
    }

    /// Gives what is free back to the system.
    mutating func trim() {
        for block in free + warm { Self.release(block.start, block.bytes) }
        free.removeAll()
        warm.removeAll()
        warmBytes = 0
        freeBytes = 0
    }

    /// Gives the memory of a buffer back to the system instead of keeping it.
    static func release(_ start: UnsafeMutableRawPointer, _ bytes: Int) { munmap(start, bytes) }

    private func smallestFreeBlock(of bytes: Int) -> Int? {
        var best: Int?
        var bestBytes = Int.max
        for (index, block) in free.enumerated()
        where block.bytes >= bytes && block.bytes < bestBytes {
            (best, bestBytes) = (index, block.bytes)
        }
        return best
    }

    /// The place of the first free block behind that address.
    private func firstIndex(after start: UnsafeMutableRawPointer) -> Int {
        var (low, high) = (0, free.count)
        while low < high {
            let middle = (low + high) / 2
            if free[middle].start < start { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Reserves addresses for that and more; those left of the last time are given up.
    private mutating func reserve(_ bytes: Int) -> Bool {
        for size in [Swift.max(bytes, Self.reservation), bytes] {
            // One huge page more, to begin at the start of one.
            let (total, overflow) = size.addingReportingOverflow(Self.hugePage)
            guard !overflow,
                let mapped = mmap(
                    nil, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | Self.anonymous, -1, 0),
                mapped != MAP_FAILED
            else { continue }
            let start = mapped.alignedUp(toMultipleOf: Self.hugePage)
            if start > mapped { munmap(mapped, start - mapped) }
            let end = mapped + total
            #if os(Linux)
                madvise(start, end - start, Int32(MADV_HUGEPAGE))
            #endif
            if let untouched, untouched.bytes > 0 { munmap(untouched.start, untouched.bytes) }
            untouched = Block(start: start, bytes: (end - start) / Self.granule * Self.granule)
            return true
        }
        return false
    }

    #if os(Linux)
        private static let anonymous = MAP_ANONYMOUS | MAP_NORESERVE
    #else
        private static let anonymous = MAP_ANON | MAP_NORESERVE
    #endif
}

// Used by one thread at a time, under the lock of its pool.
extension Arena: @unchecked Sendable {}
