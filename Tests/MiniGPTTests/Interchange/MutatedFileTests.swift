import Foundation
import Testing

@testable import MiniGPT

/// Sound files, changed where it hurts: numbers replaced by those at the edges of their types, pieces
/// cut out, doubled and exchanged. Nothing may crash, and nothing may be read or promised that the
/// file does not hold.
///
/// `MINIGPT_MUTATIONS=100000` makes that many of each; such a run, of this suite alone, also
/// checks what was allocated.
@Suite("Mutated files", .serialized)
struct MutatedFileTests {
    private static let wanted = ProcessInfo.processInfo.environment["MINIGPT_MUTATIONS"].flatMap {
        Int($0)
    }
    private var count: Int { Self.wanted ?? 1_000 }

    private static let edges: [UInt64] = [
        0, 1, 2, 3, 4, 7, 8, 31, 32, 33, 63, 64, 127, 255, 256, 65_535, 65_536, 1 << 20,
        1 << 31 - 1, 1 << 31, 1 << 32 - 1, 1 << 32, 1 << 61, 1 << 62, 1 << 63 - 1, 1 << 63,
        .max - 31, .max - 7, .max - 1, .max,
    ]

    // MARK: Mutations

    /// One change to bytes.
    private func mutate(_ bytes: inout [UInt8], _ generator: inout SplitMix64, end: Int) {
        guard bytes.count > 16 else { return }
        let end = Swift.min(end, bytes.count - 9)
        let place = Int.random(in: 0..<end, using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = .random(in: 0 ... .max, using: &generator)
        case 2:
            let edge = Self.edges.randomElement(using: &generator) ?? 0
            bytes.replaceSubrange(place..<place + 8, with: littleEndian(edge))
        case 3:
            let edge = Self.edges.randomElement(using: &generator) ?? 0
            bytes.replaceSubrange(
                place..<place + 4, with: littleEndian(UInt32(truncatingIfNeeded: edge)))
        case 4: bytes.removeLast(Int.random(in: 1...bytes.count / 2, using: &generator))
        case 5:
            let length = Int.random(in: 1...Swift.min(64, bytes.count - place), using: &generator)
            bytes.removeSubrange(place..<place + length)
        case 6:
            let length = Int.random(in: 1...Swift.min(64, bytes.count - place), using: &generator)
            let target = Int.random(in: 0..<end, using: &generator)
            bytes.insert(contentsOf: Array(bytes[place..<place + length]), at: target)
        default:
            bytes.append(
                contentsOf: (0..<Int.random(in: 1...64, using: &generator)).map { UInt8($0) })
        }
    }

    /// One change to the text of a safetensors header; the length in front is corrected, so that the
    /// change is seen.
    private func mutateHeader(_ bytes: inout [UInt8], _ generator: inout SplitMix64) {
        guard bytes.count > 10 else { return }
        let length = Int(bytes[0]) | Int(bytes[1]) << 8
        guard length > 2, 8 + length <= bytes.count else { return }
        var header = Array(bytes[8..<8 + length])
        let isDigit = { (byte: UInt8) in byte >= 0x30 && byte <= 0x39 }
        let digits = header.indices.filter { isDigit(header[$0]) }
        if let start = digits.randomElement(using: &generator), Bool.random(using: &generator) {
            // A whole number, replaced.
            var (low, high) = (start, start)
            while low > 0, isDigit(header[low - 1]) { low -= 1 }
            while high < header.count - 1, isDigit(header[high + 1]) { high += 1 }
            let edge = Self.edges.randomElement(using: &generator) ?? 0
            header.replaceSubrange(low...high, with: Array("\(edge)".utf8))
        } else {
            let pieces = [
                "\"", "{", "}", "[", "]", ",", ":", "\\u0000", "null", "-1", "1e9", "F16", "I64",
                "\\",
                "\"__metadata__\":{},", "\u{FF}",
            ]
            let piece = pieces.randomElement(using: &generator) ?? ""
            let place = Int.random(in: 0..<header.count, using: &generator)
            let cut = Int.random(in: 0...Swift.min(3, header.count - place), using: &generator)
            header.replaceSubrange(place..<place + cut, with: Array(piece.utf8))
        }
        bytes.replaceSubrange(0..<8 + length, with: littleEndian(UInt64(header.count)) + header)
    }

    // MARK: Runs

    /// Makes the files; `read` returns whether one was accepted.
    private func run(
        _ seedFile: [UInt8], headerEnd: Int, changesHeader: Bool, seed: UInt64,
        _ read: (URL, _ size: Int) throws -> Bool
    ) throws -> (accepted: Int, refused: Int) {
        // The file stays if reading it ends the process.
        let directory = try TemporaryDirectory()
        var accepted = 0
        for number in 0..<count {
            var generator = SplitMix64(seed: seed &+ UInt64(number))
            var bytes = seedFile
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                if changesHeader, Int.random(in: 0..<3, using: &generator) > 0 {
                    mutateHeader(&bytes, &generator)
                } else {
                    // Mostly where sizes are.
                    let isAnywhere = Int.random(in: 0..<8, using: &generator) == 0
                    mutate(&bytes, &generator, end: isAnywhere ? bytes.count : headerEnd)
                }
            }
            let url = try directory.write(bytes, as: "mutated")
            let error = interchangeError {
                if try read(url, bytes.count) { accepted += 1 }
            }
            if let error {
                #expect(error.description.contains(url.path), "seed \(seed) + \(number)")
            }
        }
        return (accepted, count - accepted)
    }

    private func checkMemory(largest: Int) {
        guard Self.wanted != nil else { return }
        let peak = BufferPool.shared.peakLiveBytes
        #expect(peak <= 2 * largest + 1 << 20, "\(peak) bytes for files of \(largest)")
    }

    /// The tensors lie in the file, one after the other, and no larger than it.
    private func check(_ ranges: [Range<Int>], _ size: Int, gap: Int) {
        var end = ranges.first?.lowerBound ?? 0
        for range in ranges {
            #expect(
                range.lowerBound >= end && range.lowerBound - end < gap && range.upperBound <= size)
            end = range.upperBound
        }
    }

    @Test func `Safetensors files`() throws {
        let seedFile = [UInt8](try Data(contentsOf: golden("mixed.safetensors")))
        let result = try run(
            seedFile, headerEnd: 620, changesHeader: true, seed: 1
        ) { url, size in
            let file = try SafetensorsFile(url)
            check(file.entries.map(\.byteRange), size, gap: 1)
            for entry in file.entries {
                guard let format = entry.format else {
                    #expect(try file.bytes(of: entry.name).count == entry.byteRange.count)
                    continue
                }
                let tensor = try file.tensor(entry.name)
                #expect(tensor.count * format.bytesPerBlock == entry.byteRange.count)
            }
            return true
        }
        // Changes of values and names are no damage; most others are.
        #expect(result.accepted > 0 && result.refused > count / 2)
        checkMemory(largest: seedFile.count)
    }

    @Test func `GGUF files`() throws {
        let seedFile = [UInt8](try Data(contentsOf: golden("mixed.gguf")))
        let result = try run(
            seedFile, headerEnd: 900, changesHeader: false, seed: 1 << 40
        ) { url, size in
            let file = try GGUFFile(url)
            check(file.entries.map(\.byteRange), size, gap: 1 << 16)
            for entry in file.entries where entry.format != nil {
                #expect(try file.tensor(entry.name).shape == entry.shape)
            }
            for (key, value) in file.values {
                if case .array(let count) = value, let texts = try? file.strings(key) {
                    #expect(texts.count == count)
                }
                if case .array(let count) = value, let numbers = try? file.integers(key) {
                    #expect(numbers.count == count)
                }
            }
            return true
        }
        #expect(result.accepted > 0 && result.refused > count / 2)
        checkMemory(largest: seedFile.count)
    }

    @Test(arguments: ["pytorch.bin", "pytorch-before-1.6.bin"])
    func `PyTorch files`(_ name: String) throws {
        let seedFile = [UInt8](try Data(contentsOf: golden(name)))
        let result = try run(
            // Of the old kind the pickles come first; an archive has its list at the end.
            seedFile, headerEnd: name == "pytorch.bin" ? seedFile.count : 1_500,
            changesHeader: false, seed: name == "pytorch.bin" ? 1 << 42 : 1 << 43
        ) { url, size in
            let file = try PyTorchFile(url)
            for entry in file.entries {
                #expect(entry.byteRange.upperBound <= size)
                guard entry.numbers != nil, entry.shape.count <= Tensor.maximumRank else {
                    continue
                }
                let tensor = try file.tensor(entry.name)
                #expect(tensor.shape == entry.shape && 2 * tensor.count <= size)
            }
            return true
        }
        #expect(result.accepted > 0 && result.refused > count / 3)
        checkMemory(largest: seedFile.count)
    }

    @Test func `Models in GGUF files`() throws {
        let directory = try TemporaryDirectory()
        let model = randomModel(
            .init(vocabularySize: 7, contextLength: 4, layers: 1, heads: 2, width: 8))
        try model.export(
            gguf: directory.file("x"),
            tokenizer: GGUFTokenizer(tokens: ["a", "b", "c"], merges: ["a b"], endOfText: 2))
        let seedFile = [UInt8](try Data(contentsOf: directory.file("x")))
        let result = try run(
            seedFile, headerEnd: 1_600, changesHeader: false, seed: 1 << 41
        ) { url, size in
            let file = try GGUFFile(url)
            _ = try file.tokenizer()
            let model = try GPT(gguf: file)
            #expect(4 * model.parameterCount <= 2 * size)
            return true
        }
        #expect(result.accepted > 0 && result.refused > count / 2)
    }

    @Test func `Models in Hugging Face's layout`() throws {
        let directory = try TemporaryDirectory()
        let model = randomModel(
            .init(vocabularySize: 7, contextLength: 4, layers: 1, heads: 2, width: 8))
        try model.export(huggingFace: directory.url)
        let text = [UInt8](try Data(contentsOf: directory.file("config.json")))
        var accepted = 0
        for number in 0..<count {
            var generator = SplitMix64(seed: 1 << 42 + UInt64(number))
            // The header's mutations know JSON.
            var bytes = littleEndian(UInt64(text.count)) + text
            mutateHeader(&bytes, &generator)
            if Bool.random(using: &generator) { mutateHeader(&bytes, &generator) }
            _ = try directory.write(bytes.dropFirst(8), as: "config.json")
            if interchangeError({ _ = try GPT(huggingFace: directory.url) }) == nil {
                accepted += 1
            }
        }
        #expect(accepted > 0 && accepted < count)
    }
}
