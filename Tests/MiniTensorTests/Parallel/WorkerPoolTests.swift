import Synchronization
import Testing

@testable import MiniTensor

@Suite struct WorkerPoolTests {
    /// How often each piece was done.
    private func counts(pieces: Int, _ run: (Int, (Int) -> Void) -> Void) -> [Int] {
        let counts = Mutex([Int](repeating: 0, count: pieces))
        run(pieces) { piece in counts.withLock { $0[piece] += 1 } }
        return counts.withLock { $0 }
    }

    @Test(arguments: [0, 1, 2, 3, 17, 256, 5_000])
    func everyPieceIsDoneOnce(pieces: Int) {
        let counts = counts(pieces: pieces) { WorkerPool.shared.run($0, $1) }
        #expect(counts == [Int](repeating: 1, count: pieces))
    }

    @Test func manyShortRunsAreAllComplete() {
        for _ in 0..<2_000 {
            let counts = counts(pieces: 4) { WorkerPool.shared.run($0, $1) }
            #expect(counts == [1, 1, 1, 1])
        }
    }

    @Test func morePiecesThanATicketHoldsAreDoneByTheCaller() {
        let counts = counts(pieces: 70_000) { WorkerPool.shared.run($0, $1) }
        #expect(counts.allSatisfy { $0 == 1 })
    }

    @Test func workInsideWorkIsDone() {
        let total = Atomic(0)
        WorkerPool.shared.run(8) { _ in
            WorkerPool.shared.run(8) { inner in
                WorkerPool.shared.run(2) { _ in total.add(inner, ordering: .relaxed) }
            }
        }
        #expect(total.load(ordering: .relaxed) == 8 * 2 * (0..<8).reduce(0, +))
    }

    @Test func tasksThatComeTogetherAllGetTheirWorkDone() async {
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<100).allSatisfy { round in
                        let sums = Mutex([Int](repeating: 0, count: 16))
                        WorkerPool.shared.run(16) { piece in
                            sums.withLock { $0[piece] += task * round + piece }
                        }
                        return sums.withLock { $0 } == (0..<16).map { task * round + $0 }
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test(arguments: [
        (1, 1), (10, 3), (1_000, 7), (4_096, 4), (100_003, 6), (64, 64), (5, 256), (1 << 40, 200),
    ])
    func chunksCoverAllInOrder(count: Int, chunks: Int) {
        var next = 0
        for chunk in 0..<chunks {
            let range = chunkRange(chunk, of: chunks, count: count)
            #expect(range.lowerBound == next)
            next = range.upperBound
            if count >= 64 * chunks, chunk < chunks - 1 { #expect(next.isMultiple(of: 16)) }
        }
        #expect(next == count)
    }

    @Test(arguments: [0, 1, 100, 101, 1_000, 12_345])
    func everyElementIsInOneChunk(count: Int) {
        let seen = Mutex([Int](repeating: 0, count: count))
        forEachChunk(of: count, grain: 100) { range in
            seen.withLock { for index in range { $0[index] += 1 } }
        }
        #expect(seen.withLock { $0 } == [Int](repeating: 1, count: count))
    }
}

/// The same bits with one thread, with two, and with the workers busy elsewhere.
@Suite struct DeterminismTests {
    private struct Work: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let shapes: [[Int]]
        let function: @Sendable ([Tensor]) -> Tensor

        func results() -> [[UInt32]] {
            var generator = SplitMix64(seed: 91)
            let inputs = shapes.map { Plain.random($0, using: &generator).tensor }
            let (value, gradients) = valueAndGradients(at: inputs) { inputs in
                let y = function(inputs)
                // A weighting that is not the same for every element.
                return (y * y).sum() + y.mean()
            }
            return [function(inputs), value].map(Work.bits) + gradients.map(Work.bits)
        }

        private static func bits(_ x: Tensor) -> [UInt32] { x.scalars.map(\.bitPattern) }

        static let all: [Work] = [
            Work(testDescription: "matmul", shapes: [[300, 250], [250, 310]]) {
                matmul($0[0], $0[1])
            },
            Work(testDescription: "a wide matmul", shapes: [[5, 700], [700, 900]]) {
                matmul($0[0], $0[1])
            },
            Work(testDescription: "matmul in batches", shapes: [[16, 60, 40], [16, 40, 70]]) {
                matmul($0[0], $0[1])
            },
            Work(testDescription: "linear", shapes: [[4, 128, 96], [300, 96], [300]]) {
                linear($0[0], weight: $0[1], bias: $0[2])
            },
            Work(testDescription: "linear with GELU", shapes: [[4, 128, 96], [300, 96], [300]]) {
                linear($0[0], weight: $0[1], bias: $0[2], activation: .geluApproximate)
            },
            Work(testDescription: "layerNorm", shapes: [[8, 100, 129], [129], [129]]) {
                layerNorm($0[0], weight: $0[1], bias: $0[2])
            },
            Work(testDescription: "attention", shapes: [[4, 150, 96]]) {
                selfAttention($0[0], heads: 4)
            },
            Work(testDescription: "linearCrossEntropy", shapes: [[4, 64, 80], [501, 80]]) {
                linearCrossEntropy(
                    $0[0], weight: $0[1],
                    targets: TokenBatch((0..<256).map { $0 * 37 % 501 }, batch: 4, time: 64))
            },
            Work(
                testDescription: "linearCrossEntropy of a large vocabulary",
                shapes: [[1, 64, 16], [17_000, 16]]
            ) {
                linearCrossEntropy(
                    $0[0], weight: $0[1],
                    targets: TokenBatch((0..<64).map { $0 * 371 % 17_000 }, batch: 1, time: 64))
            },
            Work(testDescription: "sum", shapes: [[300_001]]) { $0[0].sum() },
            Work(testDescription: "sum over an axis", shapes: [[400, 300]]) { $0[0].sum(axis: 0) },
            Work(testDescription: "softmax", shapes: [[300, 400]]) { softmax($0[0]) },
            Work(testDescription: "arithmetic", shapes: [[300, 400], [400]]) {
                $0[0].T.T / ($0[1] + 3)
            },
        ]
    }

    @Test(arguments: Work.all)
    private func theNumberOfThreadsDoesNotChangeABit(work: Work) async {
        let one = Compute.$threads.withValue(1) { work.results() }
        let two = Compute.$threads.withValue(2) { work.results() }
        #expect(one == two)
        let four = Compute.$threads.withValue(4) { work.results() }
        #expect(one == four)
        // Several at once: all but one do without the workers.
        await withTaskGroup(of: [[UInt32]].self) { group in
            for _ in 0..<4 { group.addTask { work.results() } }
            for await result in group { #expect(result == one) }
        }
    }
}
