import Foundation

/// Pieces by a regular expression, through Foundation. The slow path.
///
/// `NSRegularExpression` is immutable and documented as safe to use from several threads.
struct CustomSplitter: @unchecked Sendable {
    private let expression: NSRegularExpression

    init(pattern: String) throws(TokenizerError) {
        do {
            expression = try NSRegularExpression(
                pattern: Self.withUnicodeSpaces(pattern), options: [])
        } catch {
            throw .invalidOption(
                option: "splitting", reason: "\(pattern.debugDescription) is not a pattern.")
        }
    }

    /// A pattern that matches a text literally.
    static func pattern(matching text: String) -> String {
        NSRegularExpression.escapedPattern(for: text)
    }

    /// ICU's `\s` leaves out U+000B and U+0085; `\p{White_Space}` is what other engines mean.
    private static func withUnicodeSpaces(_ pattern: String) -> String {
        var result = ""
        var escaped = false
        for character in pattern.unicodeScalars {
            if escaped {
                switch character {
                case "s": result += #"\p{White_Space}"#
                case "S": result += #"\P{White_Space}"#
                default:
                    result += "\\"
                    result.unicodeScalars.append(character)
                }
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else {
                result.unicodeScalars.append(character)
            }
        }
        return escaped ? result + "\\" : result
    }

    /// Matches and what lies between them, as byte ranges. Bytes that are not UTF-8 end a stretch
    /// of text and are pieces of their own.
    func pieces(in bytes: UnsafePointer<UInt8>, _ range: Range<Int>) -> [Range<Int>] {
        matches(in: bytes, range).map(\.range)
    }

    /// The same, with whether a piece is a match or lies between two.
    func matches(
        in bytes: UnsafePointer<UInt8>, _ range: Range<Int>
    ) -> [(range: Range<Int>, isMatch: Bool)] {
        var result: [(range: Range<Int>, isMatch: Bool)] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start
            while end < range.upperBound {
                let length = UTF8Decoding.scalar(at: end, in: bytes, end: range.upperBound).length
                if length == 0 { break }
                end += length
            }
            if end > start { appendPieces(of: bytes, start..<end, to: &result) }
            if end < range.upperBound {
                result.append((end..<end + 1, false))
                end += 1
            }
            start = end
        }
        return result
    }

    private func appendPieces(
        of bytes: UnsafePointer<UInt8>, _ range: Range<Int>,
        to result: inout [(range: Range<Int>, isMatch: Bool)]
    ) {
        let text = String(
            decoding: UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count),
            as: UTF8.self)
        // Foundation counts UTF-16 units; walk the text once to translate.
        var byteOffsets: [Int] = []
        byteOffsets.reserveCapacity(range.count + 1)
        var offset = range.lowerBound
        for scalar in text.unicodeScalars {
            byteOffsets.append(offset)
            if scalar.value > 0xFFFF { byteOffsets.append(offset) }
            offset += UTF8.width(scalar)
        }
        byteOffsets.append(offset)

        var last = range.lowerBound
        let whole = NSRange(location: 0, length: byteOffsets.count - 1)
        for match in expression.matches(in: text, options: [], range: whole)
        where match.range.length > 0 {
            let start = byteOffsets[match.range.location]
            let end = byteOffsets[match.range.location + match.range.length]
            if start > last { result.append((last..<start, false)) }
            result.append((start..<end, true))
            last = end
        }
        if last < range.upperBound { result.append((last..<range.upperBound, false)) }
    }
}
