import Foundation

/// Keeps the memory of tensors that went away for those to come.
///
/// A training step makes and drops the same few hundred buffers again and again. Asking the system
/// each time would cost a page fault for every 4 KiB touched (2–8 µs each on a virtual machine); the
/// pool hands the same, already touched memory out again. Buffers are sorted into size classes: two
/// for every power of two, and from 1 MiB on eight, where unused memory is worth saving. A large
/// request also takes a free buffer of the next few classes, so that the gradients of a model move
/// into the memory that its activations leave.
///
/// The pool keeps what a program needed at its peak, and never more than `capacity` bytes unused.
public final class BufferPool: Sendable {
    /// The pool all tensors share: a cache, invisible but for speed and the figures below.
    public static let shared = BufferPool(capacity: 8 << 30)

    private struct State {
        /// Free buffers by size class.
        var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: SizeClass.count)
        var freeBytes = 0
        var liveBuffers = 0
        var liveBytes = 0
        var peakLiveBytes = 0

        /// A free buffer of that class, or of one that is at most about half as large again.
        mutating func popFree(_ wanted: SizeClass) -> Buffer? {
            for distance in 0...(wanted.isFine ? 4 : 0) {
                let sizeClass = distance == 0 ? wanted : wanted.above(distance)
                guard sizeClass.index < free.count,
                    let memory = free[sizeClass.index].popLast()
                else { continue }
                freeBytes -= sizeClass.bytes
                return Buffer(memory: memory, sizeClass: sizeClass)
            }
            return nil
        }
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
    func take(count: Int) -> Buffer {
        let wanted = SizeClass(floats: count)
        let reused = state.withLock { state -> Buffer? in
            let buffer = state.popFree(wanted)
            state.liveBuffers += 1
            state.liveBytes += buffer?.sizeClass.bytes ?? wanted.bytes
            if state.liveBytes > state.peakLiveBytes { state.peakLiveBytes = state.liveBytes }
            return buffer
        }
        return reused
            ?? Buffer(memory: Self.allocate(bytes: wanted.bytes), sizeClass: wanted)
    }

    /// Takes back what `take` gave.
    func give(_ buffer: Buffer) {
        let bytes = buffer.sizeClass.bytes
        let isKept = state.withLock { state -> Bool in
            state.liveBuffers -= 1
            state.liveBytes -= bytes
            guard state.freeBytes + bytes <= capacity else { return false }
            state.free[buffer.sizeClass.index].append(buffer.memory)
            state.freeBytes += bytes
            return true
        }
        if !isKept { free(buffer.memory) }
    }

    /// Memory on loan from the pool.
    struct Buffer: @unchecked Sendable {
        fileprivate let memory: UnsafeMutableRawPointer
        fileprivate let sizeClass: SizeClass

        /// The first float.
        var pointer: UnsafeMutablePointer<Float> { memory.assumingMemoryBound(to: Float.self) }
    }

    /// 256, 384, 512, 768, 1,024 … bytes, and above 1 MiB in steps of an eighth.
    fileprivate struct SizeClass {
        let index: Int
        let bytes: Int

        /// The smallest class that holds so many floats.
        init(floats: Int) {
            let (needed, overflow) = Swift.max(floats, 1).multipliedReportingOverflow(by: 4)
            precondition(
                !overflow && needed <= 1 << 46, "A tensor of \(floats) floats is too large.")
            // 2^exponent < needed <= 2^(exponent + 1)
            let exponent = Swift.max(7, Int.bitWidth - 1 - (needed - 1).leadingZeroBitCount)
            let steps = exponent < Self.fineExponent ? 2 : 8
            let size = (1 << exponent) / steps
            let step =
                needed <= 1 << exponent ? steps : (needed - (1 << exponent) + size - 1) / size
            self.init(exponent: exponent, step: step, of: steps)
        }

        private init(exponent: Int, step: Int, of steps: Int) {
            let coarse = 2 * (Swift.min(exponent, Self.fineExponent) - 7)
            index = coarse + 8 * Swift.max(0, exponent - Self.fineExponent) + step
            bytes = (1 << exponent) + (1 << exponent) / steps * step
        }

        /// The class `distance` above, among the fine ones.
        func above(_ distance: Int) -> SizeClass {
            let fine = index + distance - 2 * (Self.fineExponent - 7) - 1
            return SizeClass(exponent: Self.fineExponent + fine / 8, step: fine % 8 + 1, of: 8)
        }

        var isFine: Bool { bytes > 1 << Self.fineExponent }

        static let count = 2 * (fineExponent - 7) + 8 * (47 - fineExponent) + 8
        private static let fineExponent = 20
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
