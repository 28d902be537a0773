import Foundation
import MiniGPT

/// Documents in a file, one JSON object on each line.
public enum DocumentFile {
    /// Reads all documents of a file, one at a time.
    ///
    /// - Parameter remedy: what helps if the file is damaged.
    /// - Throws: `PipelineError` with the number of the line that is not a document.
    public static func read(
        _ url: URL, remedy: Remedy, each body: (Document) throws -> Void
    ) throws {
        guard let data = try? Data(contentsOf: url, options: .alwaysMapped) else {
            throw PipelineError("\(url.path) cannot be read", remedy)
        }
        var start = data.startIndex
        var number = 0
        while start < data.endIndex {
            let end = data.lineEnd(from: start)
            number += 1
            if end > start {
                guard
                    let document = try? JSONDecoder().decode(
                        Document.self, from: data[start..<end])
                else {
                    throw PipelineError(
                        "Line \(number) of \(url.path) is not a document", remedy)
                }
                try body(document)
            }
            start = min(end + 1, data.endIndex)
        }
    }

    /// All documents of a file.
    public static func read(_ url: URL, remedy: Remedy) throws -> [Document] {
        var documents: [Document] = []
        try read(url, remedy: remedy) { documents.append($0) }
        return documents
    }

    /// One line, with its end. Keys are sorted: equal documents are equal bytes.
    package static func line(_ document: Document) throws(PipelineError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(document) + Data("\n".utf8)
        } catch {
            throw PipelineError("The document \(document.id) cannot be written as JSON: \(error)")
        }
    }
}

/// Writes documents as JSON lines and as one text; both files appear together, at `commit()`.
package struct DocumentWriter {
    private let lines: AtomicFile
    private let text: AtomicFile
    /// How many documents were written.
    package private(set) var count = 0
    /// The bytes of their texts, without what separates them.
    package private(set) var textBytes = 0
    /// What stands between two documents of the text.
    package static let separator = "\n\n"

    /// Begins the file of documents and the file of their texts.
    package init(documents: URL, text: URL) throws(PipelineError) {
        lines = try describing { () throws(FileFailure) in try AtomicFile(documents) }
        self.text = try describing { () throws(FileFailure) in try AtomicFile(text) }
    }

    /// Appends a document.
    package mutating func write(_ document: Document) throws(PipelineError) {
        let line = try DocumentFile.line(document)
        let separator = count > 0 ? Self.separator : ""
        try describing { () throws(FileFailure) in
            try lines.write(line)
            try text.write((separator + document.text).utf8)
        }
        count += 1
        textBytes += document.text.utf8.count
    }

    /// Puts both files in their places.
    package func commit() throws(PipelineError) {
        try describing { () throws(FileFailure) in
            if count > 0 { try text.write("\n".utf8) }
            try lines.commit()
            try text.commit()
        }
    }
}
