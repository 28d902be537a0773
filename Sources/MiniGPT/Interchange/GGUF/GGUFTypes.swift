/// How the weights of a model are stored in a GGUF file.
public enum GGUFFormat: String, Sendable, CaseIterable {
    /// IEEE single precision: nothing is lost.
    case float32
    /// Matrices in half precision.
    case float16
    /// Matrices in the upper half of a single.
    case bfloat16
    /// Matrices in blocks of 32 signed bytes and a scale: 8.5 bits a number.
    case q8 = "q8_0"
    /// Matrices in blocks of 32 times four bits and a scale: 4.5 bits a number.
    case q4 = "q4_0"

    var numbers: NumberFormat {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .q8: .blocksOf8Bits
        case .q4: .blocksOf4Bits
        }
    }

    /// The `general.file_type` of a file of mostly this.
    var fileType: UInt32 {
        switch self {
        case .float32: 0
        case .float16: 1
        case .q4: 2
        case .q8: 7
        case .bfloat16: 32
        }
    }
}

/// ggml's type of the numbers of a tensor.
struct GGMLType: Sendable, Equatable {
    let code: UInt32
    let name: String
    let blockCount: Int
    let blockBytes: Int

    private init(_ code: UInt32, _ name: String, _ blockCount: Int, _ blockBytes: Int) {
        self.code = code
        self.name = name
        self.blockCount = blockCount
        self.blockBytes = blockBytes
    }

    /// Those whose size is known; five of them can be read.
    private static let known = [
        GGMLType(0, "F32", 1, 4), GGMLType(1, "F16", 1, 2), GGMLType(2, "Q4_0", 32, 18),
        GGMLType(3, "Q4_1", 32, 20), GGMLType(6, "Q5_0", 32, 22), GGMLType(7, "Q5_1", 32, 24),
        GGMLType(8, "Q8_0", 32, 34), GGMLType(10, "Q2_K", 256, 84), GGMLType(11, "Q3_K", 256, 110),
        GGMLType(12, "Q4_K", 256, 144), GGMLType(13, "Q5_K", 256, 176),
        GGMLType(14, "Q6_K", 256, 210), GGMLType(24, "I8", 1, 1), GGMLType(25, "I16", 1, 2),
        GGMLType(26, "I32", 1, 4), GGMLType(27, "I64", 1, 8), GGMLType(28, "F64", 1, 8),
        GGMLType(30, "BF16", 1, 2),
    ]

    init?(code: UInt32) {
        guard let type = Self.known.first(where: { $0.code == code }) else { return nil }
        self = type
    }

    /// How to read it, if that is possible.
    var numbers: NumberFormat? {
        switch code {
        case 0: .float32
        case 1: .float16
        case 2: .blocksOf4Bits
        case 8: .blocksOf8Bits
        case 30: .bfloat16
        default: nil
        }
    }

    static func code(of format: NumberFormat) -> UInt32 {
        switch format {
        case .float32: 0
        case .float16: 1
        case .blocksOf4Bits: 2
        case .blocksOf8Bits: 8
        case .bfloat16: 30
        }
    }

    /// The bytes of `count` numbers in rows of `rowLength`; `nil` unless rows fill whole blocks.
    func bytes(count: Int, rowLength: Int) -> Int? {
        guard rowLength % blockCount == 0 else { return nil }
        let (bytes, overflow) = (count / blockCount).multipliedReportingOverflow(by: blockBytes)
        return overflow ? nil : bytes
    }
}

/// The type of a value of the list of keys at the front of a GGUF file.
enum GGUFValueType: UInt32, Sendable {
    case uint8, int8, uint16, int16, uint32, int32, float32, boolean, string, array, uint64, int64
    case float64

    /// The size of one value; `nil` where it varies.
    var bytes: Int? {
        switch self {
        case .uint8, .int8, .boolean: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .string, .array: nil
        }
    }
}

/// A value of the list of keys at the front of a GGUF file.
public enum GGUFValue: Sendable, Equatable {
    /// A whole number of any size that fits.
    case integer(Int)
    /// A whole number from 2⁶³ up.
    case unsigned(UInt64)
    /// A number.
    case number(Double)
    /// Yes or no.
    case boolean(Bool)
    /// A text.
    case string(String)
    /// Many values, still in the file: `strings(_:)` and `integers(_:)` read them.
    case array(count: Int)
}

/// The tokenizer a GGUF file carries: a byte-level BPE as GPT-2 has it.
///
/// Tokens are spelled in GPT-2's letters for bytes (a blank is `Ġ`). llama.cpp cuts text into words
/// with GPT-2's own pattern, so a tokenizer trained with another one gives other tokens there.
public struct GGUFTokenizer: Sendable, Equatable {
    /// What kind of token it is, by llama.cpp's numbers.
    public enum TokenType: Int32, Sendable {
        /// Part of ordinary text.
        case normal = 1
        /// Stands for an unknown character.
        case unknown = 2
        /// Steers, and is never shown: the end of a text, the roles of a chat.
        case control = 3
        /// Added by the user, matched before anything else.
        case userDefined = 4
        /// Has an id, and is never used.
        case unused = 5
        /// One byte.
        case byte = 6
    }

    /// The spelling of each token, by id.
    public var tokens: [String]
    /// The kind of each token, by id.
    public var types: [TokenType]
    /// The merges in the order they were learned: `"Ġ t"`.
    public var merges: [String]
    /// The id of the token a text begins with.
    public var beginOfText: Int?
    /// The id of the token that ends a text. Give one: without it llama.cpp takes token 11 for it.
    public var endOfText: Int?

    /// A tokenizer; all tokens are normal unless said otherwise.
    ///
    /// - Precondition: there is a type for every token, and the ids are among them.
    public init(
        tokens: [String], types: [TokenType]? = nil, merges: [String], beginOfText: Int? = nil,
        endOfText: Int? = nil
    ) {
        self.tokens = tokens
        self.types = types ?? Array(repeating: .normal, count: tokens.count)
        self.merges = merges
        self.beginOfText = beginOfText
        self.endOfText = endOfText
        precondition(
            self.types.count == tokens.count,
            "There are \(tokens.count) tokens, but \(self.types.count) types.")
        for id in [beginOfText, endOfText].compactMap({ $0 }) {
            precondition(
                tokens.indices.contains(id), "There is no token \(id) among \(tokens.count).")
        }
    }
}
