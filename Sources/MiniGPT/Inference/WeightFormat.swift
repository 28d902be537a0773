import CMiniKernels

/// How the matrices of a model are stored for inference. Norms, biases and positions always stay
/// singles.
///
/// A token costs as much time as it takes to read all weights once, so fewer bits are faster; what
/// they do to the quality is for `loss(on:)` to say.
public enum WeightFormat: String, Sendable, Codable, CaseIterable {
    /// IEEE single precision: nothing is lost.
    case float32 = "f32"
    /// IEEE half precision.
    case float16 = "f16"
    /// The upper half of a single.
    case bfloat16 = "bf16"
    /// llama.cpp's Q8_0: blocks of 32 signed bytes and a scale, 8.5 bits a weight. Inputs are
    /// rounded to such blocks as well, so that products are of whole numbers.
    case q8 = "q8_0"
    /// llama.cpp's Q4_0: blocks of 32 times four bits and a scale, 4.5 bits a weight. Inputs are
    /// rounded as for `q8`.
    case q4 = "q4_0"

    /// The format of a row of weights in a file.
    var numbers: NumberFormat {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .q8: .blocksOf8Bits
        case .q4: .blocksOf4Bits
        }
    }

    /// ggml's name of it, or `nil` for a type without kernels.
    init?(ggmlType: String) {
        self.init(rawValue: ggmlType.lowercased())
    }

    /// Whether inputs come as blocks of whole numbers.
    var takesLevels: Bool { self == .q8 || self == .q4 }

    /// This format, or `float16` if rows of that length do not fill the blocks: what llama.cpp does.
    func fitting(columns: Int) -> WeightFormat {
        columns % numbers.blockCount == 0 ? self : .float16
    }

    /// The bytes of 16 rows of that length.
    func panelBytes(columns: Int) -> Int {
        let panel = Int(MINI_PANEL)
        switch self {
        case .float32: return 4 * panel * columns
        case .float16: return 2 * panel * columns
        case .bfloat16: return 2 * panel * (columns + columns % 2)
        case .q8: return 34 * panel * (columns / 32)
        case .q4: return 18 * panel * (columns / 32)
        }
    }
}

/// The kernels of inference for this processor.
let weightKernels: mini_weights = mini_weights_best().pointee
