import Dispatch

/// Counts the pieces of text that arrives in blocks, with several threads per block.
///
/// Blocks are cut only where a cut cannot change a piece (``Splitter/lastSafeCut(in:_:)``), so
/// the counts are those of the whole text, whatever the block size and the number of threads.
struct ParallelCounting: ~Copyable {
    private let splitter: Splitter
    private let threads: Int
    private var counters: Counters
    private var bytesCounted = 0

    /// Text without a safe cut is kept together up to this size; then it is cut anywhere.
    static let longestUncut = 256 << 20
    private static let chunkSize = 1 << 20

    /// One counter per thread. Unchecked: each is used by one thread at a time.
    private final class Counters: @unchecked Sendable {
        final class Box: @unchecked Sendable {
            var counter = WordCounter()
            var failure: TokenizerError?
        }
        let boxes: [Box]
        init(_ count: Int) { boxes = (0..<count).map { _ in Box() } }
    }

    private struct SharedBytes: @unchecked Sendable {
        let base: UnsafePointer<UInt8>
    }

    init(_ splitter: Splitter, threads: Int?) {
        self.splitter = splitter
        self.threads = threads ?? ProcessorCount.active
        counters = Counters(self.threads)
    }

    /// How much to read from a file at a time.
    var blockSize: Int { Self.chunkSize * threads * 2 }

    /// Counts the pieces of `count` bytes, or of as many as can be cut off safely when more text
    /// follows. Returns how many bytes were used.
    mutating func count(
        _ base: UnsafePointer<UInt8>, _ count: Int, ended: Bool,
        _ report: (Int) throws(TokenizerError) -> Void
    ) throws(TokenizerError) -> Int {
        var used = 0
        let stop: Int
        if ended {
            stop = count
        } else if let cut = splitter.lastSafeCut(in: base, 0..<count) {
            stop = cut
        } else {
            stop = splitter.canCutAfterWords && count >= Self.longestUncut ? count : 0
        }
        while used < stop {
            var chunks: [Range<Int>] = []
            while chunks.count < threads * 2, used < stop {
                let end = endOfChunk(base, used, stop)
                chunks.append(used..<end)
                used = end
            }
            countInParallel(base, chunks)
            if let failure = counters.boxes.lazy.compactMap(\.failure).first { throw failure }
            try report(bytesCounted + used)
        }
        bytesCounted += used
        return used
    }

    private func endOfChunk(_ base: UnsafePointer<UInt8>, _ start: Int, _ stop: Int) -> Int {
        guard splitter.canCutAfterWords else { return stop }
        var length = Self.chunkSize
        while stop - start > length {
            if let cut = splitter.lastSafeCut(in: base, start..<start + length) { return cut }
            length *= 2
        }
        return stop
    }

    private func countInParallel(_ base: UnsafePointer<UInt8>, _ chunks: [Range<Int>]) {
        let shared = SharedBytes(base: base)
        let (counters, splitter, threads) = (counters, splitter, threads)
        let workers = min(threads, chunks.count)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            let box = counters.boxes[worker]
            for index in stride(from: worker, to: chunks.count, by: workers) {
                do throws(TokenizerError) {
                    try box.counter.addPieces(of: shared.base, chunks[index], splitter)
                } catch {
                    box.failure = error
                }
            }
        }
    }

    /// The counts of all threads together.
    consuming func finish() -> WordCounter {
        var total = WordCounter()
        for box in counters.boxes { total.merge(box.counter) }
        return total
    }
}

/// A buffer between a file and the counting: what was not used stays for the next round.
struct CountingBlock: ~Copyable {
    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var count = 0
    private let step: Int

    init(capacity: Int) {
        self.capacity = capacity
        step = capacity
        bytes = .allocate(capacity: capacity)
    }

    deinit { bytes.deallocate() }

    /// Reads until the buffer is full; returns whether the file has ended. A buffer that is full
    /// of unused text grows.
    mutating func fill(from reader: FileReader) throws(TokenizerError) -> Bool {
        if capacity - count < step {
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
            larger.update(from: bytes, count: count)
            bytes.deallocate()
            bytes = larger
            capacity *= 2
        }
        let wanted = capacity - count
        let got = try reader.read(into: bytes + count, count: wanted)
        count += got
        return got < wanted
    }

    borrowing func withBytes<Result>(
        _ body: (UnsafePointer<UInt8>, Int) throws(TokenizerError) -> Result
    ) throws(TokenizerError) -> Result {
        try body(UnsafePointer(bytes), count)
    }

    /// Forgets the first `used` bytes.
    mutating func drop(_ used: Int) {
        bytes.update(from: bytes + used, count: count - used)
        count -= used
    }
}
