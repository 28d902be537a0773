/// A regular expression that matches as Oniguruma does, the engine of Hugging Face's tokenizers.
///
/// Both are backtracking engines: the first alternative that leads to a match counts, not the longest.
/// Unlike there, the work on a text has a bound that depends on its length alone, so a pattern that
/// would take exponential time ends in an error.
struct RegularExpression: Sendable {
    private let program: RegexProgram
    private let steps: Steps

    /// How much work a text may take. The first term lets every pattern try each of a short text's
    /// characters from each of its characters; the most is about half a second.
    struct Steps: Sendable {
        var least = 1_000_000
        var perByte = 10_000
        var most = 50_000_000
        /// What ordinary patterns may take of texts of any length.
        var alwaysPerByte = 64

        func bound(for count: Int) -> Int {
            // Texts of more than a billion bytes have the most in any case.
            min(most, least + perByte * min(count, 1 << 30)) + alwaysPerByte * count
        }
    }

    /// The longest pattern, in bytes.
    private static let longestPattern = 1 << 16

    /// - Throws: ``RegexError`` for what the dialect does not have, and what this engine does not do.
    init(_ pattern: String, steps: Steps = Steps()) throws(RegexError) {
        guard pattern.utf8.count <= Self.longestPattern else {
            throw RegexError(
                reason: "It is longer than \(Self.longestPattern.groupedDigits) bytes.")
        }
        program = try RegexProgram(RegexParser.parse(pattern))
        self.steps = steps
    }

    /// The matches in a valid UTF-8 text of its own, in order and without overlap, as Hugging Face's
    /// tokenizers go through them: matches without width count, except right after another match.
    ///
    /// - Throws: ``RegexError`` when the text would take too many steps.
    func matches(
        in bytes: UnsafePointer<UInt8>, count: Int
    ) throws(RegexError) -> [Range<Int>] {
        var machine = RegexMachine(
            program, bytes, count: count, budget: steps.bound(for: count))
        var result: [Range<Int>] = []
        var position = 0
        while position <= count, let match = try machine.firstMatch(from: position) {
            if match.isEmpty, match.upperBound == result.last?.upperBound {
                // The next search begins one character further on.
                guard position < count else { break }
                position += 1
                while position < count, bytes[position] & 0xC0 == 0x80 { position += 1 }
                continue
            }
            result.append(match)
            position = match.upperBound
        }
        return result
    }

    /// A pattern that matches a text literally.
    static func pattern(matching text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if "\\^$.|?*+()[]{}-&#".unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
