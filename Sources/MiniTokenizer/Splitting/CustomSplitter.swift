/// Pieces by a regular expression, in the dialect of Hugging Face's tokenizers. The slow path.
struct CustomSplitter: Sendable {
    private let pattern: String
    private let expression: RegularExpression

    /// - Throws: ``TokenizerError/invalidOption(option:reason:)`` when the pattern cannot be used.
    init(
        pattern: String, steps: RegularExpression.Steps = RegularExpression.Steps()
    ) throws(TokenizerError) {
        self.pattern = pattern
        do {
            expression = try RegularExpression(pattern, steps: steps)
        } catch {
            throw .invalidOption(
                option: "splitting",
                reason: "\(Self.shown(pattern)) cannot be used as a pattern. \(error.reason)")
        }
    }

    private static func shown(_ pattern: String) -> String {
        pattern.count <= 200 ? pattern.debugDescription : "\(pattern.prefix(200).debugDescription)…"
    }

    /// Matches and what lies between them, as byte ranges without empty ones.
    ///
    /// - Throws: ``TokenizerError/splittingFailed(pattern:reason:)`` when the text takes too many
    ///   steps.
    func pieces(
        in bytes: UnsafePointer<UInt8>, _ range: Range<Int>
    ) throws(TokenizerError) -> [Range<Int>] {
        try matches(in: bytes, range).map(\.range).filter { !$0.isEmpty }
    }

    /// Matches, among them such of no bytes, and what lies between them, as byte ranges. Bytes that
    /// are not UTF-8 end a stretch of text and are pieces of their own.
    ///
    /// - Throws: as ``pieces(in:_:)`` does.
    func matches(
        in bytes: UnsafePointer<UInt8>, _ range: Range<Int>
    ) throws(TokenizerError) -> [(range: Range<Int>, isMatch: Bool)] {
        var result: [(range: Range<Int>, isMatch: Bool)] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start
            while end < range.upperBound {
                let length = UTF8Decoding.scalar(at: end, in: bytes, end: range.upperBound).length
                if length == 0 { break }
                end += length
            }
            if end > start { try appendMatches(of: bytes, start..<end, to: &result) }
            if end < range.upperBound {
                result.append((end..<end + 1, false))
                end += 1
            }
            start = end
        }
        return result
    }

    private func appendMatches(
        of bytes: UnsafePointer<UInt8>, _ range: Range<Int>,
        to result: inout [(range: Range<Int>, isMatch: Bool)]
    ) throws(TokenizerError) {
        let matches: [Range<Int>]
        do {
            matches = try expression.matches(in: bytes + range.lowerBound, count: range.count)
        } catch {
            throw .splittingFailed(pattern: Self.shown(pattern), reason: error.reason)
        }
        var last = range.lowerBound
        for match in matches {
            let start = range.lowerBound + match.lowerBound
            let end = range.lowerBound + match.upperBound
            if start > last { result.append((last..<start, false)) }
            result.append((start..<end, true))
            last = end
        }
        if last < range.upperBound { result.append((last..<range.upperBound, false)) }
    }
}
