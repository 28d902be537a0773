import Foundation

/// Keeps the memory of tensors that went away for those to come.
///
/// A training step makes and drops the same few hundred buffers again and again. Asking the system
/// each time would cost a page fault for every 4 KiB touched (2–8 µs each on a virtual machine); the
/// pool hands the same, already touched memory out again. Buffers are sorted into size classes, two
/// for every power of two, so that at most a third of one is unused.
///
/// The pool keeps what a program needed at its peak, and never more than `capacity` bytes unused.
public final class BufferPool: Sendable {
    /// The pool all tensors share: a cache, invisible but for speed and the figures below.
    public static let shared = BufferPool(capacity: 8 << 30)

    private struct State {
        /// Free buffers by size class.
        var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: 128)
        var freeBytes = 0
        var liveBuffers = 0
        var liveBytes = 0
        var peakLiveBytes = 0
    }

    private let state = Locked(State())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many buffers belong to living tensors. Back to its start when they are gone.
    public var liveBuffers: Int { state.withLock { $0.liveBuffers } }

    /// The bytes in those buffers.
    public var liveBytes: Int { state.withLock { $0.liveBytes } }

    /// The highest `liveBytes` so far.
    public var peakLiveBytes: Int { state.withLock { $0.peakLiveBytes } }

    /// The bytes kept for later.
    public var freeBytes: Int { state.withLock { $0.freeBytes } }

    /// Gives all unused memory back to the system.
    public func trim() {
        let buffers = state.withLock { state in
            let buffers = state.free.flatMap { $0 }
            for sizeClass in state.free.indices { state.free[sizeClass].removeAll() }
            state.freeBytes = 0
            return buffers
        }
        for pointer in buffers { free(pointer) }
    }

    /// Memory for `count` floats, uninitialized, aligned to 64 bytes.
    func take(count: Int) -> UnsafeMutablePointer<Float> {
        let (sizeClass, bytes) = Self.sizeClass(forFloats: count)
        let reused = state.withLock { state -> UnsafeMutableRawPointer? in
            state.liveBuffers += 1
            state.liveBytes += bytes
            if state.liveBytes > state.peakLiveBytes { state.peakLiveBytes = state.liveBytes }
            guard let pointer = state.free[sizeClass].popLast() else { return nil }
            state.freeBytes -= bytes
            return pointer
        }
        let pointer = reused ?? Self.allocate(bytes: bytes)
        return pointer.assumingMemoryBound(to: Float.self)
    }

    /// Takes back what `take(count:)` gave for the same count.
    func give(_ pointer: UnsafeMutablePointer<Float>, count: Int) {
        let (sizeClass, bytes) = Self.sizeClass(forFloats: count)
        let isKept = state.withLock { state -> Bool in
            state.liveBuffers -= 1
            state.liveBytes -= bytes
            guard state.freeBytes + bytes <= capacity else { return false }
            state.free[sizeClass].append(UnsafeMutableRawPointer(pointer))
            state.freeBytes += bytes
            return true
        }
        if !isKept { free(pointer) }
    }

    /// Class number and bytes: 256, 384, 512, 768, 1024, 1536 … bytes.
    private static func sizeClass(forFloats count: Int) -> (index: Int, bytes: Int) {
        let (needed, overflow) = Swift.max(count, 1).multipliedReportingOverflow(by: 4)
        precondition(!overflow && needed <= 1 << 46, "A tensor of \(count) floats is too large.")
        if needed <= 256 { return (0, 256) }
        let exponent = Int.bitWidth - 1 - (needed - 1).leadingZeroBitCount  // 2^exponent < needed
        let middle = 3 << (exponent - 1)
        return needed <= middle
            ? ((exponent - 8) * 2 + 1, middle) : ((exponent - 7) * 2, 2 << exponent)
    }

    private static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
        // Large buffers lie on 2 MiB pages where the system has them: far fewer faults.
        let hugePage = 2 << 20
        var pointer: UnsafeMutableRawPointer?
        let status = posix_memalign(&pointer, bytes >= hugePage ? hugePage : 64, bytes)
        guard status == 0, let pointer else {
            fatalError("The system has no \(bytes) bytes left for a tensor.")
        }
        #if os(Linux)
            if bytes >= hugePage { madvise(pointer, bytes, MADV_HUGEPAGE) }
        #endif
        return pointer
    }
}
