import Foundation

/// A plain text of Project Gutenberg without what the project puts around it.
///
/// The header and the footer have changed their words many times since 1971. The marks of today are
/// "*** START OF THE PROJECT GUTENBERG EBOOK …***" and "*** END OF …***"; before 2003 the small print
/// ended the header, and the words "End of Project Gutenberg's …" stood under the text.
struct GutenbergText: Equatable {
    /// The book.
    var text: String
    /// From the header.
    var title: String?
    var author: String?
    var language: String?
    /// Whether the header says that somebody holds the copyright.
    var isCopyrighted = false
    /// Whether a header was found.
    var hasHeader = false

    init(_ whole: String) {
        let lines = whole.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false)
        var (start, end) = (0, lines.count)
        if let header = Self.header(lines) {
            start = header
            hasHeader = true
        }
        if let footer = Self.footer(lines, after: start) { end = footer }
        let head = lines[..<start]
        title = Self.field("Title", head)
        author = Self.field("Author", head)
        language = Self.field("Language", head)
        isCopyrighted = head.contains { line in
            let words = Self.plain(line)
            return words.contains("this is a copyrighted")
                || words.contains("start of the copyrighted")
        }
        start = Self.afterCredits(lines, start, end)
        text = lines[start..<end].joined(separator: "\n").trimmingCharacters(in: .newlines)
    }

    /// The line with the letters that count: small, without stars and double spaces.
    private static func plain(_ line: Substring) -> String {
        line.lowercased().filter { $0 != "*" && $0 != "\u{FEFF}" }
            .split(separator: " ").joined(separator: " ")
    }

    /// The first line after the header.
    private static func header(_ lines: [Substring]) -> Int? {
        var found: Int?
        // Headers have been long, but none was a third of the text and more than 600 lines.
        for index in 0..<min(lines.count, max(600, lines.count / 3)) {
            let line = lines[index]
            guard line.contains("*") else { continue }
            let words = plain(line)
            let isStart =
                (words.hasPrefix("start of th") || words.hasPrefix("start of project")
                    || words.hasPrefix("start of the copyrighted"))
                && words.contains("project gutenberg")
            let isSmallPrint = words.hasPrefix("end") && words.contains("the small print")
            if isStart || isSmallPrint {
                found = afterMark(lines, index, isSmallPrint: isSmallPrint)
                if isStart { return found }
            }
        }
        return found
    }

    /// A mark can go on over several lines until its last stars: a long title does that.
    private static func afterMark(_ lines: [Substring], _ index: Int, isSmallPrint: Bool) -> Int {
        guard !isSmallPrint else { return index + 1 }
        for next in index..<min(index + 4, lines.count) {
            let line = lines[next].trimmingCharacters(in: .whitespaces)
            let body = next == index ? String(line.drop { $0 == "*" }) : line
            if body.hasSuffix("***") { return next + 1 }
            if line.isEmpty { break }
        }
        return index + 1
    }

    /// The first line of the footer.
    private static func footer(_ lines: [Substring], after start: Int) -> Int? {
        for index in start..<lines.count {
            let line = lines[index]
            guard line.contains("nd of") || line.contains("ND OF") else { continue }
            let words = plain(line)
            let isMark = line.contains("***") && words.hasPrefix("end of")
            let isSentence =
                words.hasPrefix("end of project gutenberg")
                || words.hasPrefix("end of the project gutenberg")
                || words.hasPrefix("end of this project gutenberg")
                || words.hasPrefix("this is the end of the project gutenberg")
            if (isMark && words.contains("gutenberg")) || isSentence { return index }
        }
        return nil
    }

    /// "Title: …", with the lines that go on under it further in.
    private static func field(_ name: String, _ head: ArraySlice<Substring>) -> String? {
        guard let index = head.firstIndex(where: { $0.hasPrefix(name + ":") }) else { return nil }
        var words = [head[index].dropFirst(name.count + 1)]
        for line in head[(index + 1)...] {
            guard line.hasPrefix("  "), !line.allSatisfy(\.isWhitespace) else { break }
            words.append(line)
        }
        let value = words.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
        return value.isEmpty ? nil : value
    }

    /// The paragraph that says who typed the text is not part of it.
    private static func afterCredits(_ lines: [Substring], _ start: Int, _ end: Int) -> Int {
        var index = start
        while index < end, lines[index].allSatisfy(\.isWhitespace) { index += 1 }
        guard index < end else { return end }
        let words = plain(lines[index])
        let beginnings = [
            "produced by ", "e-text prepared by ", "etext prepared by ", "transcribed from ",
            "this etext was prepared by ", "this ebook was prepared by ",
            "this etext was produced by ", "this ebook was produced by ",
        ]
        guard beginnings.contains(where: words.hasPrefix) else { return start }
        while index < end, !lines[index].allSatisfy(\.isWhitespace) { index += 1 }
        return index
    }
}
