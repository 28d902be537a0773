import Foundation

/// Books of Project Gutenberg by their numbers.
public struct GutenbergSource: TextSource {
    /// The numbers of the books: 11 is Alice's Adventures in Wonderland.
    public var books: [Int]
    /// The address of the server: Project Gutenberg itself or a mirror of `cache/epub`.
    public var address: String
    /// How slow the server wants to be asked, in seconds.
    public var interval: Double

    /// The address of Project Gutenberg itself.
    public static let gutenberg = "https://www.gutenberg.org"

    /// Books by their numbers.
    public init(_ books: [Int], address: String = gutenberg) {
        self.books = books
        self.address = address
        // What <https://www.gutenberg.org/policy/robot_access.html> has in its example.
        interval = address == Self.gutenberg ? 2 : 0
    }

    /// What was asked for, by the names of the settings.
    public var settings: [String: String] {
        [
            "source": "gutenberg", "base-url": address,
            "book": books.map(String.init).joined(separator: " "),
        ]
    }

    /// Fetches the books one after the other.
    public func documents(
        for project: Project, through web: Web, reporting notebook: Notebook
    ) async throws -> [Document] {
        var documents: [Document] = []
        let base = address.hasSuffix("/") ? String(address.dropLast()) : address
        for (index, book) in books.enumerated() {
            guard let url = URL(string: "\(base)/cache/epub/\(book)/pg\(book).txt"), url.isWeb
            else { throw PipelineError("\(address) is not an http or https address.") }
            let response = try await web.fetch(url)
            let name = "Book \(book)"
            guard response.status == 200 else {
                let reason =
                    response.status == 404
                    ? "has no plain text there" : "was refused with status \(response.status)"
                notebook.skip(name, "\(reason) (\(url.absoluteString))")
                continue
            }
            guard let page = WebText(response), !page.isHTML else {
                notebook.skip(name, "is not a plain text (\(url.absoluteString))")
                continue
            }
            let text = GutenbergText(page.text)
            guard !text.text.isEmpty else {
                notebook.skip(name, "has no text between its header and its footer")
                continue
            }
            if !text.hasHeader {
                notebook.note("\(name) has no header that this program knows; it is kept whole.")
            }
            documents.append(document(text, book, base))
            notebook.progress(index + 1, of: books.count, text.title ?? name)
        }
        return documents
    }

    private func document(_ text: GutenbergText, _ book: Int, _ base: String) -> Document {
        let license =
            text.isCopyrighted
            ? "copyrighted; see the Project Gutenberg License (https://www.gutenberg.org/policy/license.html)"
            : "public domain in the USA; Project Gutenberg License (https://www.gutenberg.org/policy/license.html)"
        let title = [text.title, text.author].compactMap { $0 }.joined(separator: ", by ")
        return Document(
            id: "gutenberg:\(book)", title: title.isEmpty ? nil : title, text: text.text,
            source: "\(base)/ebooks/\(book)", license: license,
            language: text.language.flatMap(Self.code))
    }

    /// Headers name the language in English.
    private static func code(_ name: String) -> String? {
        let codes = [
            "english": "en", "french": "fr", "german": "de", "spanish": "es", "italian": "it",
            "portuguese": "pt", "dutch": "nl", "finnish": "fi", "swedish": "sv", "danish": "da",
            "latin": "la", "chinese": "zh", "greek": "el", "hungarian": "hu", "esperanto": "eo",
            "polish": "pl", "russian": "ru", "japanese": "ja", "norwegian": "no", "catalan": "ca",
        ]
        return codes[name.lowercased()]
    }
}
