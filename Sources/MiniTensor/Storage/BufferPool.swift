import Foundation

/// Keeps the memory of tensors that went away for those to come.
///
/// A training step makes and drops the same few hundred buffers again and again. Asking the system
/// each time would cost a page fault for every 4 KiB touched (2–8 µs each on a virtual machine); the
/// pool hands the same, already touched memory out again. Small buffers are sorted into size classes,
/// two for every power of two. Large ones come from an arena, where unused memory is worth saving: the
/// gradients of a model move into the memory that its activations leave.
///
/// The pool keeps what a program needed at its peak, and never more than `capacity` bytes unused: a
/// program in a small container lowers it, `BufferPool.shared.capacity = 256 << 20`.
public final class BufferPool: Sendable {
    /// The pool all tensors share: a cache, invisible but for speed and the figures below.
    public static let shared = BufferPool(capacity: 8 << 30)

    private struct State {
        /// Free small buffers by size class.
        var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: SizeClass.count)
        var freeBytesOfSmall = 0
        var arena = Arena()
        var liveBuffers = 0
        var liveBytes = 0
        var peakLiveBytes = 0
        var capacity: Int

        var freeBytes: Int { freeBytesOfSmall + arena.freeBytes }

        /// Memory for a buffer, `nil` if nothing suitable is kept.
        mutating func take(
            _ bytes: Int, _ sizeClass: SizeClass?, stays: Bool
        ) -> UnsafeMutableRawPointer? {
            liveBuffers += 1
            liveBytes += bytes
            if liveBytes > peakLiveBytes { peakLiveBytes = liveBytes }
            guard let sizeClass else { return arena.take(bytes, atEnd: stays) }
            guard let memory = free[sizeClass.index].popLast() else { return nil }
            freeBytesOfSmall -= bytes
            return memory
        }

        /// Keeps the memory of a buffer.
        mutating func give(_ buffer: Buffer) {
            guard let sizeClass = buffer.sizeClass else {
                return arena.give(buffer.memory, buffer.bytes)
            }
            free[sizeClass.index].append(buffer.memory)
            freeBytesOfSmall += buffer.bytes
        }

        /// Forgets all small buffers, which the caller frees, and gives back the large ones.
        mutating func removeAll() -> [UnsafeMutableRawPointer] {
            arena.trim()
            let buffers = free.flatMap { $0 }
            for sizeClass in free.indices { free[sizeClass].removeAll() }
            freeBytesOfSmall = 0
            return buffers
        }
    }

    private let state: Locked<State>

    init(capacity: Int) {
        state = Locked(State(capacity: capacity))
    }

    deinit { trim() }

    /// How many buffers belong to living tensors. Back to its start when they are gone.
    public var liveBuffers: Int { state.withLock { $0.liveBuffers } }

    /// The bytes in those buffers.
    public var liveBytes: Int { state.withLock { $0.liveBytes } }

    /// The highest `liveBytes` so far.
    public var peakLiveBytes: Int { state.withLock { $0.peakLiveBytes } }

    /// The bytes kept for later.
    public var freeBytes: Int { state.withLock { $0.freeBytes } }

    /// The most bytes that are kept for later, 8 GiB at the start; memory of living tensors does not
    /// count. If more are kept when it is lowered, all of them go back to the system.
    ///
    /// - Precondition: it is not negative.
    public var capacity: Int {
        get { state.withLock { $0.capacity } }
        set {
            precondition(
                newValue >= 0, "The capacity of a pool must not be negative, but is \(newValue).")
            let isExceeded = state.withLock { state in
                state.capacity = newValue
                return state.freeBytes > newValue
            }
            if isExceeded { trim() }
        }
    }

    /// Gives all unused memory back to the system.
    public func trim() {
        for pointer in state.withLock({ $0.removeAll() }) { free(pointer) }
    }

    /// Memory for `count` floats, uninitialized, aligned to 64 bytes.
    ///
    /// - Parameter stays: whether other buffers will come and go while this one is there.
    func take(count: Int, stays: Bool = false) -> Buffer {
        let (needed, overflow) = Swift.max(count, 1).multipliedReportingOverflow(by: 4)
        precondition(
            !overflow && needed <= 1 << 46, "A tensor of \(count) floats is too large.")
        let sizeClass = SizeClass(bytes: needed)
        let bytes = sizeClass?.bytes ?? Arena.rounded(needed)
        var memory = state.withLock { $0.take(bytes, sizeClass, stays: stays) }
        if memory == nil, sizeClass != nil { posix_memalign(&memory, 64, bytes) }
        guard let memory else {
            fatalError("The system has no \(bytes) bytes left for a tensor.")
        }
        return Buffer(memory: memory, bytes: bytes, sizeClass: sizeClass)
    }

    /// Takes back what `take` gave.
    func give(_ buffer: Buffer) {
        let isKept = state.withLock { state in
            state.liveBuffers -= 1
            state.liveBytes -= buffer.bytes
            guard state.freeBytes + buffer.bytes <= state.capacity else { return false }
            state.give(buffer)
            return true
        }
        if isKept { return }
        if buffer.sizeClass == nil {
            Arena.release(buffer.memory, buffer.bytes)
        } else {
            free(buffer.memory)
        }
    }

    /// Memory on loan from the pool.
    struct Buffer: @unchecked Sendable {
        fileprivate let memory: UnsafeMutableRawPointer
        fileprivate let bytes: Int
        /// `nil` if the memory is the arena's.
        fileprivate let sizeClass: SizeClass?

        /// The first float.
        var pointer: UnsafeMutablePointer<Float> { memory.assumingMemoryBound(to: Float.self) }
    }

    /// 192, 256, 384, 512, 768 … bytes, up to half a megabyte.
    fileprivate struct SizeClass {
        let index: Int
        let bytes: Int

        /// The smallest class that holds so many bytes.
        init?(bytes needed: Int) {
            guard needed <= Self.largest else { return nil }
            // 2^exponent < needed <= 2^(exponent + 1)
            let exponent = Swift.max(7, Int.bitWidth - 1 - (needed - 1).leadingZeroBitCount)
            let half = (1 << exponent) / 2
            let steps = needed <= 3 * half ? 1 : 2
            index = 2 * (exponent - 7) + steps - 1
            bytes = (2 + steps) * half
        }

        private static let largest = 1 << 19
        static let count = 2 * (19 - 7)
    }
}
