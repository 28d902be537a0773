/// How numbers are stored, in the files that this library writes and in memory for inference.
///
/// All are little-endian. The raw value is the name of the format in options, settings and reports:
/// `f32`, `f16`, `bf16`, `q8_0`, `q4_0`. A file format holds those for which it has a name:
/// `safetensorsName`, `torchName` and `ggufName`.
public enum NumberFormat: String, Sendable, Codable, CaseIterable {
    /// IEEE 754 single precision: nothing is lost.
    case float32 = "f32"
    /// IEEE 754 half precision: 11 bits of precision, largest number 65,504.
    case float16 = "f16"
    /// The upper half of a single: 8 bits of precision, the range of a single.
    case bfloat16 = "bf16"
    /// ggml's Q8_0: blocks of 32 numbers, each a signed byte times a scale in half precision; 8.5
    /// bits a number.
    case q8 = "q8_0"
    /// ggml's Q4_0: blocks of 32 numbers, each four bits times a scale in half precision; 4.5 bits a
    /// number.
    case q4 = "q4_0"

    /// The format of that name, whichever program's name it is and whatever its case: `f32` or `F32`
    /// (safetensors, GGUF), `float32` (PyTorch); `nil` if no format is called so.
    public init?(name: String) {
        let name = name.lowercased()
        guard
            let format = Self.allCases.first(where: { [$0.rawValue, $0.torchName].contains(name) })
        else { return nil }
        self = format
    }

    /// Whether every number stands for itself. Otherwise a block of numbers shares a scale, and only
    /// whole blocks can be stored.
    public var isFloatingPoint: Bool { numbersPerBlock == 1 }

    /// How many numbers are stored together: 1, or the length of a block.
    public var numbersPerBlock: Int {
        switch self {
        case .float32, .float16, .bfloat16: 1
        case .q8, .q4: 32
        }
    }

    /// The size of `numbersPerBlock` numbers.
    public var bytesPerBlock: Int {
        switch self {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .q8: 34
        case .q4: 18
        }
    }

    /// The size of `count` numbers; `nil` if they do not fill whole blocks or it is too large.
    func bytes(for count: Int) -> Int? {
        guard count >= 0, count % numbersPerBlock == 0 else { return nil }
        let (bytes, overflow) = (count / numbersPerBlock).multipliedReportingOverflow(
            by: bytesPerBlock)
        return overflow ? nil : bytes
    }

    /// This format, or `float16` if rows of that length do not fill the blocks: what llama.cpp does.
    func fitting(columns: Int) -> NumberFormat {
        columns % numbersPerBlock == 0 ? self : .float16
    }
}

// MARK: - Names in files

extension NumberFormat {
    /// The name in a safetensors file: `BF16`. `nil` for blocks, which it cannot hold.
    public var safetensorsName: String? { isFloatingPoint ? rawValue.uppercased() : nil }

    /// PyTorch's name, as `config.json` has it for `dtype`: `bfloat16`. `nil` for blocks.
    public var torchName: String? {
        switch self {
        case .float32: "float32"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .q8, .q4: nil
        }
    }

    /// The name in a GGUF file: `Q8_0`.
    public var ggufName: String { rawValue.uppercased() }

    /// Those that are floating-point numbers, for messages: "f32, f16 and bf16".
    static let floatingPointNames = "f32, f16 and bf16"
}
