/// How text is cut into pieces before byte-pair encoding; no token ever crosses a cut.
///
/// The rule is part of a tokenizer: the same merges under another rule give other tokens.
public enum SplittingRule: Hashable, Sendable {
    /// GPT-2's rule: English contractions, words, numbers and symbols, each with the one space
    /// before it, and white space.
    ///
    ///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
    case gpt2

    /// GPT-4's rule (`cl100k`), as tiktoken has it today: contractions in any case, digits in
    /// groups of three, line ends with what precedes them.
    ///
    ///     '(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+
    ///     | ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s
    case gpt4

    /// GPT-4's rule as it was first published and as Llama 3's `tokenizer.json` has it, with
    /// digits in groups of at most `maximumDigits`. It differs from ``gpt4`` in white space at
    /// the very end of a text: `\n` and the spaces after it are two pieces here, one there.
    case gpt4Original(maximumDigits: Int)

    /// A regular expression: its matches are pieces, and so is what lies between two matches.
    ///
    /// It means what it means to Oniguruma, the engine of Hugging Face's tokenizers: `^` and `$` are
    /// at every line, `.` matches all but a line feed, matches without width cut. Much slower than
    /// the built-in rules; on a text that takes too many steps it fails.
    case custom(pattern: String)

    /// Numbers apart from everything else: every digit (`\p{N}`) on its own, or runs of them.
    /// Files combine this with another rule.
    case digits(individually: Bool)

    /// The whole text is one piece.
    case none
}

extension SplittingRule {
    static let gpt2Pattern =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    /// tiktoken's own spelling has `{1,3}+`, possessive in its engine. In Hugging Face's engine
    /// (Oniguruma with Ruby's syntax) that means "one to three digits, repeated", so a file made
    /// with it splits numbers differently there. `{1,3}` means the same in both.
    static let gpt4Pattern = gpt4Pattern(digits: #"\p{N}{1,3}"#)
    static let gpt4PatternInTiktoken = gpt4Pattern(digits: #"\p{N}{1,3}+"#)

    private static func gpt4Pattern(digits: String) -> String {
        #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|"# + digits
            + #"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"#
    }

    static func gpt4OriginalPattern(maximumDigits: Int) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digitsPattern(maximumDigits)
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    private static func digitsPattern(_ maximum: Int) -> String {
        maximum == 1 ? #"\p{N}"# : #"\p{N}{1,"# + "\(maximum)}"
    }

    /// The regular expression that says the same, in the dialect of tiktoken and Hugging Face.
    public var pattern: String {
        switch self {
        case .gpt2: Self.gpt2Pattern
        case .gpt4: Self.gpt4Pattern
        case .gpt4Original(let maximumDigits):
            Self.gpt4OriginalPattern(maximumDigits: maximumDigits)
        case .custom(let pattern): pattern
        case .digits(let individually): individually ? #"\p{N}"# : #"\p{N}+"#
        case .none: #"(?s:.+)"#
        }
    }

    /// The built-in rule for a regular expression, or a custom rule when there is none.
    ///
    /// Spellings that were compared with ours over random text count as the same rule: the
    /// published ones of GPT-2, `cl100k` and Llama 3, and nanochat's.
    public init(pattern: String) {
        switch pattern {
        case Self.gpt2Pattern,
            #"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
            #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
            #"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"#:
            self = .gpt2
        case Self.gpt4Pattern, Self.gpt4PatternInTiktoken:
            self = .gpt4
        default:
            for digits in 1...3 {
                let nanochat =
                    #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|"#
                    + Self.digitsPattern(digits)
                    + #"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
                if pattern == nanochat
                    || pattern == Self.gpt4OriginalPattern(maximumDigits: digits)
                {
                    self = .gpt4Original(maximumDigits: digits)
                    return
                }
            }
            self = .custom(pattern: pattern)
        }
    }
}
