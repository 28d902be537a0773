import Foundation
import Testing

@testable import MiniGPT
@testable import MiniSupport

@Suite("CRC64")
struct CRC64Tests {
    private let samples: [(name: String, bytes: [UInt8])] = [
        ("nine digits", Array("123456789".utf8)),
        ("one byte", [0x61]),
        ("a hundred bytes", Array(0..<100)),
        ("all bytes, 40 times", (0..<40).flatMap { _ in Array(0...255) }),
        ("zeros", [UInt8](repeating: 0, count: 1_000)),
    ]

    @Test func `Gives what xz gives`() throws {
        let url = try #require(Bundle.module.resourceURL)
            .appendingPathComponent("Goldens/Checkpoints/checksums.json")
        let expected = try JSONDecoder().decode(
            [String: String].self, from: try Data(contentsOf: url))
        #expect(expected.count == samples.count)
        for (name, bytes) in samples {
            #expect(Checksum(CRC64(bytes)).description == expected[name], "\(name)")
        }
        #expect(CRC64([]).value == 0)
    }

    @Test func `Does not depend on how the bytes are cut`() {
        var generator = SplitMix64(seed: 3)
        let bytes = (0..<5_000).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
        let whole = CRC64(bytes)
        for _ in 0..<50 {
            var (updated, appended) = (CRC64(), CRC64())
            var start = 0
            while start < bytes.count {
                let end = Swift.min(bytes.count, start + Int.random(in: 0...700, using: &generator))
                let piece = Array(bytes[start..<end])
                piece.withUnsafeBytes { updated.update($0) }
                appended.append(CRC64(piece))
                start = end
            }
            #expect(updated.value == whole.value && updated.count == bytes.count)
            #expect(appended.value == whole.value && appended.count == bytes.count)
        }
    }

    @Test func `By multiplication it is what it is by tables, at every length and place`() {
        var generator = SplitMix64(seed: 4)
        let bytes = (0..<1_500).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
        bytes.withUnsafeBytes { bytes in
            for start in 0..<20 {
                for end in stride(from: start, through: bytes.count, by: 7) {
                    let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                    var (multiplied, looked) = (CRC64([1, 2, 3]), CRC64([1, 2, 3]))
                    multiplied.update(piece)
                    looked.update(piece, folding: false)
                    #expect(multiplied.value == looked.value, "\(start)..<\(end)")
                }
            }
        }
    }

    @Test(arguments: [0, 1, 1 << 20, 3 << 20 + 5])
    func `Several threads give what one gives`(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        let parallel = bytes.withUnsafeBytes { CRC64.inParallel($0) }
        #expect(parallel.value == CRC64(bytes).value && parallel.count == count)
    }
}
