import Foundation

/// A piece of Swift from a document, or the same piece where a test compiles and runs it.
///
/// In the tests a piece stands between two marks, the first with the document and the number of the
/// piece in it, and if need be with what the test has in other words, such as fewer steps:
///
///     // snippet: README.md 1, 2000 => 4, "gpt2" => folder("gpt2")
///     …
///     // end of snippet
struct Snippet {
    /// The document, as a path from the package's folder.
    let document: String
    /// Which piece of the document it is, from 1.
    let number: Int
    /// The lines without imports and comments.
    let code: String
    /// What the test has in place of what the document says.
    var replacements: [(said: String, tested: String)] = []

    /// The code without what a formatter decides about: white space.
    var essence: String { Self.essence(of: code) }

    /// The code of a document with the replacements of this piece, without white space.
    func essence(of document: Snippet) -> String {
        var code = document.code
        for (said, tested) in replacements { code = code.replacing(said, with: tested) }
        return Self.essence(of: code)
    }

    private static func essence(of code: String) -> String {
        String(code.unicodeScalars.filter { !$0.properties.isWhitespace })
    }

    /// The lines but for imports, which stand at the top of a file, and comments, which a formatter
    /// moves.
    private static func code(_ lines: [Substring]) -> String {
        lines.filter { !$0.hasPrefix("import ") && !$0.hasPrefix("//") }
            .map { line in line.firstRange(of: " //").map { line[..<$0.lowerBound] } ?? line }
            .joined(separator: "\n")
    }
}

extension Snippet {
    /// The package's folder.
    static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().appendingPathComponent("../..").standardizedFileURL

    /// The pieces of all documents.
    static func inDocuments() throws -> [Snippet] {
        let folder = package.appendingPathComponent("Documentation")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let documents =
            ["README.md"]
            + names.filter { $0.hasSuffix(".md") }
            .map { "Documentation/\($0)" }
        return try documents.flatMap { document in
            let text = try String(
                contentsOf: package.appendingPathComponent(document), encoding: .utf8)
            return blocks(text, from: "```swift", to: "```").enumerated().map { index, block in
                Snippet(document: document, number: index + 1, code: code(block.lines))
            }
        }
    }

    /// The pieces that the tests of this folder compile and run.
    static func inTests() throws -> [Snippet] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try names.filter { $0.hasSuffix("Snippets.swift") }.flatMap { name in
            let text = try String(
                contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            return blocks(text, from: "// snippet: ", to: "// end of snippet").compactMap {
                Snippet(mark: $0.mark, lines: $0.lines)
            }
        }
    }

    private init?(mark: Substring, lines: [Substring]) {
        let parts = mark.split(separator: ", ")
        let place = parts.first?.split(separator: " ") ?? []
        guard place.count == 2, let number = Int(place[1]) else { return nil }
        document = String(place[0])
        self.number = number
        code = Self.code(lines)
        replacements = parts.dropFirst().compactMap { part in
            let sides = part.split(separator: " => ")
            return sides.count == 2 ? (String(sides[0]), String(sides[1])) : nil
        }
    }

    /// The lines between marks, with what follows the first mark on its line.
    private static func blocks(
        _ text: String, from begin: String, to end: String
    ) -> [(mark: Substring, lines: [Substring])] {
        var found: [(mark: Substring, lines: [Substring])] = []
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let words = line.drop { $0 == " " }
            if isInside, words == end {
                isInside = false
            } else if isInside {
                found[found.count - 1].lines.append(words)
            } else if words.hasPrefix(begin) {
                isInside = true
                found.append((words.dropFirst(begin.count), []))
            }
        }
        return found
    }
}
