import CMiniKernels
import Foundation
import MiniSupport
import Synchronization

/// Does one piece of a piece of work that a context describes.
package typealias PieceFunction = @convention(c) (UnsafeMutableRawPointer?, Int) -> Void

/// Calls `function` with the context and each number in `0..<pieces`, on several threads, and returns
/// when all calls have. Unlike `forEachChunk` it allocates nothing.
package func runPieces(
    _ pieces: Int, on context: UnsafeMutableRawPointer, _ function: PieceFunction
) {
    WorkerPool.shared.run(pieces, on: context, function)
}

/// Threads that help the caller through a list of numbered pieces of work.
///
/// The matrix products of a small model take some tens of microseconds, so starting to share one has
/// to take less than one: a worker that has just finished spins for a while before it sleeps, and
/// the next piece is claimed with one atomic operation.
///
/// One caller at a time has the workers; another that comes meanwhile (a second task, or work
/// inside work) does its own pieces itself. Since the pieces depend on the shape of the work alone, or
/// are cut where no sum is, the result is the same.
final class WorkerPool: Sendable {
    static let shared = WorkerPool(workers: Compute.defaultThreads - 1)

    /// generation (24 bits) · threads allowed (8) · pieces (16) · next piece (16).
    private let ticket = Atomic<UInt64>(0)
    private let unfinished = Atomic<Int>(0)
    private let isTaken = Atomic<Bool>(false)
    private let sleepers = Atomic<Int>(0)
    private let doorbell = NSCondition()

    /// Written by the caller before the ticket is published; read by a worker only after it has
    /// claimed a piece, which the caller waits for.
    private nonisolated(unsafe) var work = Work()

    /// A function without state and what it works on: unlike a closure, these can be handed to the
    /// workers without allocating anything.
    private struct Work {
        var function: PieceFunction = { _, _ in }
        var context: UnsafeMutableRawPointer?
    }

    init(workers: Int) {
        for worker in 0..<Swift.max(0, Swift.min(workers, 254)) {
            startThread(named: "MiniGPT worker \(worker + 1)") { [self] in
                serve(as: worker + 1)
            }
        }
    }

    /// Calls `body` once for each number in `0..<pieces`, and returns when all calls have.
    func run(_ pieces: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            var body = body
            withUnsafeMutablePointer(to: &body) { pointer in
                run(pieces, on: pointer) { context, piece in
                    context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(piece)
                }
            }
        }
    }

    /// Calls `function` with the context and each number in `0..<pieces`, and returns when all calls
    /// have. Nothing is allocated.
    func run(_ pieces: Int, on context: UnsafeMutableRawPointer, _ function: PieceFunction) {
        guard pieces > 1 else {
            if pieces == 1 { function(context, 0) }
            return
        }
        let threads = Swift.min(Compute.usableThreads, Compute.defaultThreads, 255)
        guard threads > 1, pieces <= 0xFFFF,
            isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        else {
            for piece in 0..<pieces { function(context, piece) }
            return
        }
        self.work = Work(function: function, context: context)
        unfinished.store(pieces, ordering: .relaxed)
        let generation = (ticket.load(ordering: .relaxed) >> 40) &+ 1
        ticket.store(
            generation << 40 | UInt64(threads) << 32 | UInt64(pieces) << 16,
            ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            doorbell.lock()
            doorbell.broadcast()
            doorbell.unlock()
        }
        while let piece = claim(as: 0) {
            function(context, piece)
            unfinished.subtract(1, ordering: .releasing)
        }
        var spins = 0
        while unfinished.load(ordering: .acquiring) > 0 {
            spins += 1
            if spins > 4_000 { sched_yield() } else { mini_spin_hint() }
        }
        isTaken.store(false, ordering: .releasing)
    }

    /// Takes the next piece, if there is one and this thread is allowed to help.
    private func claim(as thread: Int) -> Int? {
        var current = ticket.load(ordering: .acquiring)
        while true {
            let next = current & 0xFFFF
            let pieces = (current >> 16) & 0xFFFF
            let threads = (current >> 32) & 0xFF
            guard next < pieces, thread < threads else { return nil }
            let (exchanged, original) = ticket.weakCompareExchange(
                expected: current, desired: current + 1, ordering: .acquiringAndReleasing)
            if exchanged { return Int(next) }
            current = original
        }
    }

    private func serve(as worker: Int) {
        var idle = 0
        while true {
            if let piece = claim(as: worker) {
                let work = self.work
                work.function(work.context, piece)
                unfinished.subtract(1, ordering: .releasing)
                idle = 0
                continue
            }
            idle += 1
            if idle < Self.spinsBeforeSleep {
                mini_spin_hint()
            } else {
                sleep(as: worker)
                idle = 0
            }
        }
    }

    /// About 100 µs: longer than the serial stretches of a training step, short enough to leave the
    /// processor to others when there is nothing to do.
    private static let spinsBeforeSleep = 4_000

    private func sleep(as worker: Int) {
        doorbell.lock()
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while !hasWork(for: worker) { doorbell.wait() }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        doorbell.unlock()
    }

    private func hasWork(for worker: Int) -> Bool {
        let current = ticket.load(ordering: .sequentiallyConsistent)
        return current & 0xFFFF < (current >> 16) & 0xFFFF
            && UInt64(worker) < (current >> 32) & 0xFF
    }
}
