import CMiniKernels
import Testing

@Suite("Dropout")
struct DropoutKernelTests {
    /// The decisions for indices first ..< first + count: true where the element is kept.
    private func kept(
        _ set: InstructionSet, seed: UInt64, first: UInt64 = 0, probability: Double = 0.5,
        count: Int
    ) -> [Bool] {
        let ones = [Float](repeating: 1, count: count)
        var y = ones
        let threshold = UInt32(probability * 0x1p32)
        set.kernels.dropout(ones, &y, seed, first, threshold, 1, count)
        return y.map { $0 != 0 }
    }

    @Test(
        "Kept elements are scaled, dropped ones are 0, even when they are NaN",
        arguments: InstructionSet.available, lengths)
    func values(set: InstructionSet, count: Int) {
        var numbers = Numbers(seed: 70)
        var x = numbers.uniform(count, 1...2)
        let decisions = kept(set, seed: 5, first: 100, probability: 0.3, count: count)
        for i in 0..<count where !decisions[i] { x[i] = .nan }
        let (input, output) = (GuardedArray(x, offset: 1), GuardedArray(count: count, offset: 2))
        let threshold = UInt32(0.3 * 0x1p32)
        input.withPointer { x in
            output.withPointer { set.kernels.dropout(x, $0, 5, 100, threshold, 1.25, count) }
        }
        let expected = zip(x, decisions).map { $1 ? $0 * 1.25 : 0 }
        #expect(same(output.values(), expected))
        input.withPointer { set.kernels.dropout($0, $0, 5, 100, threshold, 1.25, count) }
        #expect(same(input.values(), expected))
    }

    @Test("Threshold 0 keeps everything", arguments: InstructionSet.available)
    func keepsAll(set: InstructionSet) {
        #expect(kept(set, seed: 1, probability: 0, count: 10_000).allSatisfy { $0 })
    }

    @Test(
        "A decision depends on seed and index only, on any instruction set, however arrays are cut",
        arguments: InstructionSet.available,
        [0, 12_345, 0xffff_fff0, 0xffff_ffff, 0x1_0000_0000, UInt64.max - 5000])
    func decisions(set: InstructionSet, first: UInt64) {
        let expected = kept(.portable, seed: 9, first: first, count: 1000)
        #expect(kept(set, seed: 9, first: first, count: 1000) == expected)
        var pieces: [Bool] = []
        for count in [1, 2, 3, 17, 64, 5, 900, 8] {
            let start = first + UInt64(pieces.count)
            pieces += kept(set, seed: 9, first: start, count: count)
        }
        #expect(pieces == expected)
    }

    @Test("The share of kept elements is right", arguments: [0.05, 0.1, 0.5, 0.9])
    func share(probability: Double) {
        let count = 200_000
        for (seed, first) in [(0, 0), (1, 0), (1 << 40, 0), (7, 1 << 33)] as [(UInt64, UInt64)] {
            let dropped = kept(
                .portable, seed: seed, first: first, probability: probability, count: count
            ).count { !$0 }
            let expected = Double(count) * probability
            let deviation = (expected * (1 - probability)).squareRoot()
            #expect(abs(Double(dropped) - expected) <= 4 * deviation, "seed \(seed)")
        }
    }

    /// How far the agreement of two series of fair decisions is from half, in standard deviations.
    private func correlation(_ a: some Collection<Bool>, _ b: some Collection<Bool>) -> Double {
        let count = Double(min(a.count, b.count))
        let agreements = Double(zip(a, b).count { $0 == $1 })
        return abs(agreements - count / 2) / (count.squareRoot() / 2)
    }

    @Test("Decisions at any distance in one stream are independent")
    func distances() {
        let stream = kept(.portable, seed: 3, count: 200_000)
        for distance in Array(1...64) + [100, 128, 256, 1000, 1024, 4096, 65_536] {
            #expect(correlation(stream, stream.dropFirst(distance)) < 4.5, "\(distance)")
        }
    }

    @Test("Streams of neighbouring seeds, and of the two halves of an index, are independent")
    func seeds() {
        let stream = kept(.portable, seed: 1000, count: 100_000)
        for bit in 0..<64 {
            let other = kept(.portable, seed: 1000 ^ (1 << bit), count: 100_000)
            #expect(correlation(stream, other) < 4.5, "seed bit \(bit)")
            #expect(correlation(stream, other.dropFirst()) < 4.5, "seed bit \(bit), shifted")
        }
        for bit in 32..<64 {
            let other = kept(.portable, seed: 1000, first: 1 << bit, count: 100_000)
            #expect(correlation(stream, other) < 4.5, "index bit \(bit)")
        }
    }

    @Test("All sixteen patterns of four neighbours are equally frequent")
    func patterns() {
        let stream = kept(.portable, seed: 11, count: 400_000)
        var counts = [Double](repeating: 0, count: 16)
        for start in stride(from: 0, to: stream.count, by: 4) {
            counts[(0..<4).reduce(0) { $0 * 2 + (stream[start + $1] ? 1 : 0) }] += 1
        }
        let expected = Double(stream.count) / 64
        let chiSquare = counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
        #expect(chiSquare < 37.7)  // 15 degrees of freedom: exceeded once in a thousand
    }
}
