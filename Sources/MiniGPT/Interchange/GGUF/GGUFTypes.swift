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
    /// The name of the rule that cuts text into words (`tokenizer.ggml.pre`); a file without one has
    /// llama.cpp's rule `default`, which is not GPT-2's.
    public var splitting: String?

    /// A tokenizer; all tokens are normal unless said otherwise.
    ///
    /// - Precondition: there is a type for every token, and the ids are among them.
    public init(
        tokens: [String], types: [TokenType]? = nil, merges: [String], beginOfText: Int? = nil,
        endOfText: Int? = nil, splitting: String? = "gpt-2"
    ) {
        self.splitting = splitting
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
