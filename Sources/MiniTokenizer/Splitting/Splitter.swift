/// A list of splitting rules, each applied to the pieces of the one before.
struct Splitter: Sendable {
    let rules: [SplittingRule]
    /// The compiled pattern of each custom rule.
    private let custom: [CustomSplitter?]

    /// - Throws: ``TokenizerError/invalidOption(option:reason:)`` when a pattern does not compile
    ///   or digits come in groups of none.
    init(_ rules: [SplittingRule]) throws(TokenizerError) {
        self.rules = rules.filter { $0 != .none }
        var custom: [CustomSplitter?] = []
        for rule in self.rules {
            switch rule {
            case .custom(let pattern):
                custom.append(try CustomSplitter(pattern: pattern))
            case .gpt4Original(let maximumDigits) where maximumDigits < 1:
                throw .invalidOption(
                    option: "splitting", reason: "maximumDigits must be at least 1.")
            default: custom.append(nil)
            }
        }
        self.custom = custom
    }

    /// Calls `body(start, end)` for every piece of `range`, in order; no piece is empty.
    ///
    /// - Throws: ``TokenizerError/splittingFailed(pattern:reason:)`` when a regular expression takes
    ///   too many steps; built-in rules never fail.
    @inline(__always)
    func forEachPiece(
        in bytes: UnsafePointer<UInt8>, _ range: Range<Int>,
        _ body: (_ start: Int, _ end: Int) -> Void
    ) throws(TokenizerError) {
        if rules.count == 1 {
            switch rules[0] {
            case .gpt2:
                return Self.scan(bytes, range, with: GPT2Scanner(), body)
            case .gpt4:
                return Self.scan(
                    bytes, range,
                    with: GPT4Scanner(maximumDigits: 3, keepsTrailingSpaceWhole: true),
                    body)
            case .gpt4Original(let digits):
                let scanner = GPT4Scanner(maximumDigits: digits, keepsTrailingSpaceWhole: false)
                return Self.scan(bytes, range, with: scanner, body)
            default: break
            }
        }
        for piece in try pieces(in: bytes, range, from: 0) {
            body(piece.lowerBound, piece.upperBound)
        }
    }

    @inline(__always)
    private static func scan(
        _ bytes: UnsafePointer<UInt8>, _ range: Range<Int>, with scanner: some PieceScanner,
        _ body: (_ start: Int, _ end: Int) -> Void
    ) {
        // Scanners see the range as a text of its own, so that "end of text" means its end.
        let base = bytes + range.lowerBound
        let count = range.count
        var start = 0
        while start < count {
            let end = scanner.end(ofPieceAt: start, in: base, count: count)
            body(range.lowerBound + start, range.lowerBound + end)
            start = end
        }
    }

    /// What the first rule matches, among it matches of no bytes, and what lies between, in order.
    ///
    /// - Throws: as ``forEachPiece(in:_:_:)`` does.
    func matches(
        in bytes: UnsafePointer<UInt8>, _ range: Range<Int>
    ) throws(TokenizerError) -> [(range: Range<Int>, isMatch: Bool)] {
        if let expression = custom.first, let expression {
            return try expression.matches(in: bytes, range)
        }
        // What the built-in rules match leaves no gaps.
        return try pieces(in: bytes, range, from: 0).map { ($0, true) }
    }

    /// The pieces of a range, in order.
    ///
    /// - Throws: as ``forEachPiece(in:_:_:)`` does.
    func pieces(
        in bytes: UnsafePointer<UInt8>, _ range: Range<Int>
    ) throws(TokenizerError) -> [Range<Int>] {
        try pieces(in: bytes, range, from: 0)
    }

    /// The general path: the pieces under all rules from `index` on.
    private func pieces(
        in bytes: UnsafePointer<UInt8>, _ range: Range<Int>, from index: Int
    ) throws(TokenizerError) -> [Range<Int>] {
        guard !range.isEmpty else { return [] }
        guard index < rules.count else { return [range] }
        var found: [Range<Int>] = []
        let collect = { (start: Int, end: Int) in found.append(start..<end) }
        switch rules[index] {
        case .gpt2:
            Self.scan(bytes, range, with: GPT2Scanner(), collect)
        case .gpt4:
            Self.scan(
                bytes, range, with: GPT4Scanner(maximumDigits: 3, keepsTrailingSpaceWhole: true),
                collect)
        case .gpt4Original(let maximumDigits):
            let scanner = GPT4Scanner(maximumDigits: maximumDigits, keepsTrailingSpaceWhole: false)
            Self.scan(bytes, range, with: scanner, collect)
        case .digits(let individually):
            Self.scan(bytes, range, with: DigitScanner(individually: individually), collect)
        case .custom:
            found = try custom[index]?.pieces(in: bytes, range) ?? [range]
        case .none:
            found = [range]
        }
        if index + 1 == rules.count { return found }
        var result: [Range<Int>] = []
        for piece in found {
            result += try pieces(in: bytes, piece, from: index + 1)
        }
        return result
    }

    /// Whether a cut between a letter or number and a character of another class never changes
    /// the pieces on either side. True of GPT-2's and GPT-4's rules: a piece that contains a
    /// letter ends where its letters end, and nothing looks back.
    var canCutAfterWords: Bool {
        var cutsAfterWords = false
        for rule in rules {
            switch rule {
            case .gpt2, .gpt4, .gpt4Original: cutsAfterWords = true
            case .digits: break
            case .custom, .none: return false
            }
        }
        return cutsAfterWords
    }

    /// The last position in `range`, above its start, at which the text can be cut without
    /// changing a piece, or `nil`.
    func lastSafeCut(in bytes: UnsafePointer<UInt8>, _ range: Range<Int>) -> Int? {
        guard canCutAfterWords else { return nil }
        let classes = UnicodeClasses.shared
        /// The start of the character that ends at `end`; a stray byte is its own character.
        func startOfCharacter(endingAt end: Int) -> Int {
            for length in 1...4 where end - length >= range.lowerBound {
                let start = end - length
                if bytes[start] & 0xC0 != 0x80 {
                    let found = UTF8Decoding.scalar(at: start, in: bytes, end: end)
                    return found.length == length ? start : end - 1
                }
            }
            return end - 1
        }
        guard !range.isEmpty else { return nil }
        var right = startOfCharacter(endingAt: range.upperBound)
        for lead in max(range.lowerBound, range.upperBound - 3)..<right where bytes[lead] >= 0xC0 {
            // The block may end inside a character, whose class is then not known.
            right = lead
            break
        }
        if UTF8Decoding.scalar(at: right, in: bytes, end: range.upperBound).length == 0 {
            guard right > range.lowerBound else { return nil }
            right = startOfCharacter(endingAt: right)
        }
        while right > range.lowerBound {
            let left = startOfCharacter(endingAt: right)
            let kind = classes.character(at: left, in: bytes, end: right).kind
            if kind == ScalarClass.letter || kind == ScalarClass.number {
                let next = classes.character(at: right, in: bytes, end: range.upperBound).kind
                if next != kind { return right }
            }
            right = left
        }
        return nil
    }
}
