import Foundation
import MiniTokenizer
import Testing

/// Files beside the tests.
enum Goldens {
    static func path(_ name: String) -> String {
        Bundle.module.resourceURL!.appendingPathComponent("Goldens/\(name)").path
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(
            type, from: Data(contentsOf: URL(fileURLWithPath: path(name))))
    }
}

/// The public data that is not part of the repository.
enum SharedData {
    /// `$MINIGPT_DATA`, or `../shared/data` from the package.
    static let folder: String = {
        if let folder = ProcessInfo.processInfo.environment["MINIGPT_DATA"] { return folder }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("shared/data").path
    }()

    static func path(_ name: String) -> String { "\(folder)/\(name)" }

    static func has(_ names: String...) -> Bool {
        names.allSatisfy { FileManager.default.fileExists(atPath: path($0)) }
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test, and says so by name, when a file of the shared data is absent.
    static func needs(_ names: String...) -> Self {
        let absent = names.first { !SharedData.has($0) }
        return .enabled(
            if: absent == nil,
            "\(absent ?? "") is not in \(SharedData.folder); set MINIGPT_DATA to where it is")
    }
}

/// The generator of the golden scripts.
struct SplitMix64 {
    var state: UInt64

    mutating func next(_ below: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ value >> 31) % UInt64(below))
    }

    private static let frequent = Array(" \n\r\t'  stmdlrveSTLRE".unicodeScalars)
    private static let unusual = Array(
        "\u{A0}\u{2003}\u{3000}\u{2028}\u{85}\u{B}\u{C}\u{200B}\u{FEFF}\u{301}\u{17F}\u{212A}1\u{663}½Ⅳ"
            .unicodeScalars)

    /// As `random_string` in make_goldens.py.
    mutating func string() -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<next(60) {
            let kind = next(100)
            let value: UInt32
            switch kind {
            case ..<30: value = Self.frequent[next(Self.frequent.count)].value
            case ..<50: value = UInt32(32 + next(95))
            case ..<60: value = Self.unusual[next(Self.unusual.count)].value
            case ..<70: value = UInt32(0x80 + next(0x780))
            case ..<90:
                let drawn = UInt32(0x800 + next(0xF000))
                value = drawn < 0xD800 ? drawn : drawn + 0x800
            default: value = UInt32(0x10000 + next(0x100000))
            }
            scalars.append(Unicode.Scalar(value)!)
        }
        return String(scalars)
    }

    /// As `random_bytes` in make_goldens.py.
    mutating func bytes(_ index: Int) -> [UInt8] {
        if index % 3 == 0 {
            let count = next(60)
            return (0..<count).map { _ in UInt8(next(256)) }
        }
        var result = Array(string().utf8)
        if index % 3 == 1 {
            for _ in 0..<1 + next(3) where !result.isEmpty {
                let place = next(result.count)
                result[place] = UInt8(next(256))
            }
            return result
        }
        return Array(result[..<next(result.count + 1)])
    }
}

/// FNV-1a over token ids, as in make_goldens.py.
struct TokenHash {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ tokens: [Int32]) {
        for token in tokens {
            for shift in [0, 8, 16, 24] {
                let byte = UInt64(UInt32(bitPattern: token) >> UInt32(shift) & 0xFF)
                value = (value ^ byte) &* 0x100_0000_01B3
            }
        }
    }

    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func of(_ tokens: [Int32]) -> String {
        var hash = TokenHash()
        hash.add(tokens)
        return hash.text
    }
}
