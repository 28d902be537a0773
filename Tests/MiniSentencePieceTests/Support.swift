import Foundation
import Testing

/// Files beside the tests.
enum Goldens {
    static func path(_ name: String) -> String {
        Bundle.module.resourceURL!.appendingPathComponent("Goldens/\(name)").path
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// The text that the tests of MiniTokenizer have, too.
    static func multilingualText() throws -> String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(
            contentsOf: tests.appendingPathComponent(
                "MiniTokenizerTests/Goldens/multilingual.txt"), encoding: .utf8)
    }
}

/// A file name that is free, and gone after `body`.
func withTemporaryFile<Result>(
    _ suffix: String, _ body: (String) throws -> Result
) rethrows -> Result {
    let path = NSTemporaryDirectory() + "sentencepiece-\(UUID().uuidString)\(suffix)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// The generator of make_goldens.py.
struct SplitMix64 {
    var state: UInt64

    mutating func next(_ below: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ value >> 31) % UInt64(below))
    }

    private static let frequent = Array("   \u{2581}\n\t'.,aeinorst".unicodeScalars)
    private static let unusual = Array(
        ("\u{A0}\u{2003}\u{3000}\u{2028}\u{85}\u{B}\u{200B}\u{FEFF}\u{301}\u{308}\u{17F}\u{212A}"
            + "\u{FB01}\u{BD}\u{2163}\u{FF21}\u{30FC}\u{2585}").unicodeScalars)

    /// As `random_string` in make_goldens.py.
    mutating func string(_ words: [String]) -> String {
        var result = String.UnicodeScalarView()
        for _ in 0..<next(30) {
            let kind = next(100)
            let value: UInt32
            switch kind {
            case ..<35:
                result.append(contentsOf: words[next(words.count)].unicodeScalars)
                value = 0x20
            case ..<60: value = Self.frequent[next(Self.frequent.count)].value
            case ..<75: value = Self.unusual[next(Self.unusual.count)].value
            case ..<85: value = UInt32(0x80 + next(0x780))
            case ..<95:
                let drawn = UInt32(0x800 + next(0xF000))
                value = drawn < 0xD800 ? drawn : drawn + 0x800
            default: value = UInt32(0x10000 + next(0x100000))
            }
            result.append(Unicode.Scalar(value)!)
        }
        return String(result)
    }
}

/// FNV-1a, as in make_goldens.py.
struct FNV {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ values: some Sequence<UInt32>) {
        for number in values {
            for shift in [0, 8, 16, 24] as [UInt32] {
                value = (value ^ UInt64(number >> shift & 0xFF)) &* 0x100_0000_01B3
            }
        }
    }

    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
