import Foundation
import Testing

@testable import MiniGPT

@Suite("Number formats")
struct NumberFormatTests {
    /// What a half means, from the standard's definition.
    private func meaning(_ half: UInt16) -> Double {
        let sign: Double = half & 0x8000 == 0 ? 1 : -1
        let exponent = Int(half >> 10 & 31)
        let fraction = Double(half & 1023) / 1024
        switch exponent {
        case 0: return sign * fraction * exp2(-14)
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction) * exp2(Double(exponent - 15))
        }
    }

    @Test func `Every half means what the standard says and comes back from a single`() {
        for half in UInt16.min ... .max {
            let single = HalfPrecision.single(half)
            let expected = meaning(half)
            if expected.isNaN {
                #expect(single.isNaN)
                #expect(HalfPrecision.single(HalfPrecision.half(single)).isNaN)
            } else {
                #expect(Double(single) == expected && (single.sign == .minus) == (half >= 0x8000))
                #expect(HalfPrecision.half(single) == half)
            }
        }
    }

    @Test func `Halves are rounded to the nearest, ties to even`() {
        var generator = SplitMix64(seed: 3)
        for _ in 0..<20_000 {
            let low = UInt16.random(in: 0..<0x7BFF, using: &generator)
            let (a, b) = (meaning(low), meaning(low + 1))
            let middle = Float((a + b) / 2)  // exact: one bit more than a half has
            #expect(HalfPrecision.half(middle) == (low & 1 == 0 ? low : low + 1))
            #expect(HalfPrecision.half(middle.nextDown) == low)
            #expect(HalfPrecision.half(-middle.nextUp) == (low + 1) | 0x8000)
        }
        #expect(HalfPrecision.half(65_519.996) == 0x7BFF)
        #expect(HalfPrecision.half(65_520) == 0x7C00)
        #expect(HalfPrecision.half(-.infinity) == 0xFC00)
        #expect(HalfPrecision.half(0x1p-25) == 0 && HalfPrecision.half(Float(0x1p-25).nextUp) == 1)
        #expect(HalfPrecision.half(-0.0) == 0x8000)
    }

    @Test func `Brain floats are rounded to the nearest, ties to even`() {
        #expect(BrainFloat.rounded(1) == 0x3F80)
        #expect(BrainFloat.rounded(Float(bitPattern: 0x3F80_8000)) == 0x3F80)
        #expect(BrainFloat.rounded(Float(bitPattern: 0x3F80_8001)) == 0x3F81)
        #expect(BrainFloat.rounded(Float(bitPattern: 0x3F81_8000)) == 0x3F82)
        #expect(BrainFloat.rounded(.greatestFiniteMagnitude) == 0x7F80)
        #expect(BrainFloat.rounded(-.infinity) == 0xFF80)
        let quietOne = BrainFloat.rounded(Float(bitPattern: 0x7F80_0001))
        #expect(Float(bitPattern: UInt32(quietOne) << 16).isNaN)
    }

    @Test
    func `Each format has its names in files, options and configurations, and is found by any`() {
        #expect(NumberFormat.allCases.map(\.rawValue) == ["f32", "f16", "bf16", "q8_0", "q4_0"])
        #expect(NumberFormat.allCases.map(\.ggufName) == ["F32", "F16", "BF16", "Q8_0", "Q4_0"])
        #expect(
            NumberFormat.allCases.map(\.safetensorsName) == ["F32", "F16", "BF16", nil, nil])
        #expect(
            NumberFormat.allCases.map(\.torchName) == ["float32", "float16", "bfloat16", nil, nil])
        for format in NumberFormat.allCases {
            let names = [
                format.rawValue, format.ggufName, format.safetensorsName, format.torchName,
            ]
            for name in names.compactMap({ $0 }) { #expect(NumberFormat(name: name) == format) }
            #expect(GGMLType(code: format.ggmlCode)?.numbers == .format(format))
            #expect(format.isFloatingPoint == (format.safetensorsName != nil))
        }
        for name in ["", "f64", "q8", "q4_1", "float", "F32 "] {
            #expect(NumberFormat(name: name) == nil, "\(name)")
        }
    }

    @Test func `What safetensors cannot hold is refused by name, and nothing is written`() throws {
        let directory = try TemporaryDirectory()
        let model = randomModel(.tiny())
        for format in [NumberFormat.q8, .q4] {
            let places = ["file", "folder", "weights"].map { directory.file($0) }
            let attempts: [() throws -> Void] = [
                { try SafetensorsFile.write([("a", .ones([32]))], to: places[0], format: format) },
                { try model.export(huggingFace: places[1], format: format) },
                { try model.saveWeights(to: places[2], format: format) },
            ]
            for (place, attempt) in zip(places, attempts) {
                #expect(
                    throws: InterchangeError.unsupported(
                        path: place.path, field: "the number format",
                        problem:
                            "is \(format.rawValue), a format of GGUF; safetensors has f32, f16 and bf16."
                    )
                ) { try attempt() }
                #expect(!FileManager.default.fileExists(atPath: place.path))
            }
        }
    }

    @Test func `A configuration names the numbers as PyTorch does`() throws {
        let directory = try TemporaryDirectory()
        for (format, name) in [(NumberFormat.float32, "float32"), (.bfloat16, "bfloat16")] {
            try randomModel(.tiny()).export(huggingFace: directory.url, format: format)
            let text = try String(contentsOf: directory.file("config.json"), encoding: .utf8)
            #expect(text.contains("\"dtype\": \"\(name)\""))
        }
    }

    private func roundTrip(_ numbers: [Float], _ format: NumberFormat) -> [Float] {
        var bytes = [UInt8](repeating: 0, count: format.bytes(for: numbers.count)!)
        bytes.withUnsafeMutableBytes {
            format.encode(numbers, count: numbers.count, into: $0.baseAddress!)
        }
        var result = [Float](repeating: 0, count: numbers.count)
        result.withUnsafeMutableBufferPointer { target in
            bytes.withUnsafeBytes {
                format.decode($0.baseAddress!, count: numbers.count, into: target.baseAddress!)
            }
        }
        return result
    }

    @Test func `Blocks of 8 bits are off by at most half a step of their own scale`() {
        var generator = SplitMix64(seed: 4)
        for scale: Float in [1e-3, 1, 50] {
            let numbers = Tensor.normal([32 * 20], standardDeviation: scale, using: &generator)
                .scalars
            let result = roundTrip(numbers, .q8)
            for block in 0..<20 {
                let range = 32 * block..<32 * (block + 1)
                let largest = numbers[range].map(\.magnitude).max()!
                for index in range {
                    // Half a level, and the scale's own rounding, to 11 bits or a step of 2⁻²⁴.
                    let bound = largest / 127 * 0.5 + largest * 0x1p-11 + 127 * 0x1p-25
                    #expect((result[index] - numbers[index]).magnitude <= bound)
                }
            }
        }
    }

    @Test func `Blocks of nothing, of the tiniest and of numbers that are none do not crash`() {
        #expect(roundTrip([Float](repeating: 0, count: 32), .q8).allSatisfy { $0 == 0 })
        _ = roundTrip([Float](repeating: .leastNonzeroMagnitude, count: 32), .q8)
        _ = roundTrip([Float](repeating: .nan, count: 32), .q8)
        _ = roundTrip([Float](repeating: .infinity, count: 32), .q8)
        #expect(NumberFormat.q8.bytes(for: 33) == nil)
        #expect(NumberFormat.float32.bytes(for: .max) == nil)
    }
}
