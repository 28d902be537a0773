import Foundation

/// A page without its tags.
///
/// It is no browser: scripts, styles and what is not meant to be read are dropped with what is in
/// them, tags that begin a line become ends of lines, all others vanish, and entities become
/// characters. White space is that of the layout, except in `<pre>`. Menus and footers stay: which part
/// of a page is its text, only a reader knows.
struct HTMLText {
    /// The text.
    private(set) var text = ""
    /// What stands in `<title>`.
    private(set) var title: String?

    private let bytes: [UInt8]
    private var position = 0
    private var output: [UInt8] = []
    private var preformatted = 0
    /// White space that has not been written yet.
    private var pending = Pending.none

    private enum Pending: Int, Comparable {
        case none, space, line, paragraph

        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    /// Tags whose contents are not text.
    private static let silent: Set = [
        "script", "style", "noscript", "template", "svg", "iframe", "object", "head", "select",
        "textarea", "math", "audio", "video", "canvas",
    ]
    private static let paragraphs: Set = [
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote",
        "article", "section", "header", "footer", "nav", "main", "aside", "figure", "form", "hr",
    ]
    private static let lines: Set = [
        "br", "div", "li", "dt", "dd", "tr", "figcaption", "caption", "option", "address",
    ]

    init(_ page: String) {
        bytes = Array(page.utf8)
        output.reserveCapacity(bytes.count / 2)
        while position < bytes.count { step() }
        text = String(decoding: output, as: UTF8.self)
    }

    private mutating func step() {
        switch bytes[position] {
        case UInt8(ascii: "<"):
            if !tag() { write(bytes[position], count: 1) }
        case UInt8(ascii: "&"):
            if let (scalar, count) = HTMLEntities.decode(bytes[position...]) {
                position += count
                if scalar == "\u{A0}" || scalar == " " {
                    pending = max(pending, .space)
                } else {
                    flush()
                    output += Array(String(scalar).utf8)
                }
            } else {
                write(bytes[position], count: 1)
            }
        case UInt8(ascii: " "), 9, 10, 12, 13:
            if preformatted > 0 {
                flush()
                output.append(bytes[position] == 13 ? 10 : bytes[position])
            } else {
                pending = max(pending, .space)
            }
            position += 1
        case let byte:
            write(byte, count: 1)
        }
    }

    private mutating func write(_ byte: UInt8, count: Int) {
        flush()
        output.append(byte)
        position += count
    }

    /// White space before the first word and after the last is none.
    private mutating func flush() {
        guard pending != .none else { return }
        if !output.isEmpty {
            switch pending {
            case .paragraph: output += [10, 10]
            case .line: output.append(10)
            default: output.append(UInt8(ascii: " "))
            }
        }
        pending = .none
    }

    /// Reads a tag or a comment; `false` if it is neither.
    private mutating func tag() -> Bool {
        if starts("<!--") {
            position = find("-->", from: position + 4).map { $0 + 3 } ?? bytes.count
            return true
        }
        if starts("<![CDATA[") {
            position = find("]]>", from: position).map { $0 + 3 } ?? bytes.count
            return true
        }
        var index = position + 1
        let isEnd = index < bytes.count && bytes[index] == UInt8(ascii: "/")
        if isEnd { index += 1 }
        guard index < bytes.count,
            Self.isLetter(bytes[index]) || bytes[index] == 0x21 || bytes[index] == 0x3F
        else { return false }
        let start = index
        while index < bytes.count, Self.isLetter(bytes[index]) || (48...57).contains(bytes[index]) {
            index += 1
        }
        let name = String(decoding: bytes[start..<index], as: UTF8.self).lowercased()
        position = tagEnd(index)
        let isClosed = position >= 2 && bytes[position - 2] == UInt8(ascii: "/")
        handle(name, isEnd: isEnd, isClosed: isClosed)
        return true
    }

    /// After the `>`, past those in quotation marks.
    private func tagEnd(_ start: Int) -> Int {
        var index = start
        var quote: UInt8?
        while index < bytes.count {
            let byte = bytes[index]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                // Only after an equals sign does a mark open a value; elsewhere it is a slip.
                if bytes[index - 1] == UInt8(ascii: "=") { quote = byte }
            } else if byte == UInt8(ascii: ">") {
                return index + 1
            }
            index += 1
        }
        return bytes.count
    }

    private mutating func handle(_ name: String, isEnd: Bool, isClosed: Bool) {
        if Self.silent.contains(name), !isEnd, !isClosed {
            let inside = position
            let end = findEnd(of: name, from: position) ?? (name == "head" ? position : bytes.count)
            if name == "head" { readTitle(inside..<end) }
            position = end
        } else if name == "title", !isEnd {
            let end = findEnd(of: name, from: position) ?? position
            setTitle(position..<end)
            position = end
        } else if Self.paragraphs.contains(name) {
            pending = max(pending, .paragraph)
            if name == "pre" { preformatted = max(0, preformatted + (isEnd ? -1 : 1)) }
        } else if Self.lines.contains(name) {
            // A second break is an empty line.
            pending = name == "br" && pending >= .line ? .paragraph : max(pending, .line)
        } else if name == "td" || name == "th" {
            pending = max(pending, .space)
        }
    }

    private mutating func readTitle(_ head: Range<Int>) {
        guard let open = find("<title", from: head.lowerBound), open < head.upperBound else {
            return
        }
        let start = tagEnd(open)
        guard let end = findEnd(of: "title", from: start) else { return }
        setTitle(start..<end)
    }

    private mutating func setTitle(_ range: Range<Int>) {
        guard title == nil, !range.isEmpty else { return }
        let words = HTMLText(String(decoding: bytes[range], as: UTF8.self)).text
        // What is left of the end tag is no part of it.
        if !words.isEmpty { title = words }
    }

    // MARK: Looking ahead

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }

    private func starts(_ text: String, at index: Int? = nil) -> Bool {
        let index = index ?? position
        let text = text.utf8
        guard index + text.count <= bytes.count else { return false }
        return zip(bytes[index...], text).allSatisfy { byte, wanted in
            byte == wanted || (Self.isLetter(byte) && byte | 0x20 == wanted | 0x20)
        }
    }

    private func find(_ text: String, from start: Int) -> Int? {
        var index = start
        guard let first = text.utf8.first else { return nil }
        while index < bytes.count {
            guard let next = bytes[index...].firstIndex(of: first) else { return nil }
            if starts(text, at: next) { return next }
            index = next + 1
        }
        return nil
    }

    /// Where the end tag of a name begins.
    private func findEnd(of name: String, from start: Int) -> Int? {
        find("</" + name, from: start)
    }
}
