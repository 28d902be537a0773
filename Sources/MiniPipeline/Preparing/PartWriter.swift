import Foundation
import MiniGPT

/// Writes one part, training or validation, as tokens and as text.
final class PartWriter {
    private let tokens: TokenFileWriter
    private let text: AtomicFile
    private let tokenizer: any TextTokenizer
    private var part = PreparedData.Part()
    /// Documents that wait to be encoded together, on all processors.
    private var waiting: [(id: String, text: String)] = []
    private var waitingBytes = 0
    private static let batchBytes = 4 << 20

    init(_ tokens: URL, text: URL, _ tokenizer: any TextTokenizer) throws(PipelineError) {
        self.tokenizer = tokenizer
        self.tokens = try describing { () throws(FileFailure) in
            try TokenFileWriter(tokens, vocabularySize: tokenizer.vocabularySize)
        }
        self.text = try describing { () throws(FileFailure) in try AtomicFile(text) }
    }

    /// Takes a document, or what of it belongs to the part.
    func append(_ text: String, of id: String) throws(PipelineError) {
        waiting.append((id, text))
        waitingBytes += text.utf8.count
        if waitingBytes >= Self.batchBytes { try flush() }
    }

    /// Writes what waits.
    ///
    /// - Returns: how much there is.
    func finish() throws(PipelineError) -> PreparedData.Part {
        try flush()
        part.tokens = tokens.count
        return part
    }

    /// Puts both files in their places.
    func commit() throws(PipelineError) {
        try describing { () throws(FileFailure) in
            try tokens.commit()
            try text.commit()
        }
    }

    private func flush() throws(PipelineError) {
        let documents = waiting
        (waiting, waitingBytes) = ([], 0)
        for (document, ids) in zip(documents, try encode(documents)) {
            // The text has a separator where the tokens have the end of a text, or the same one.
            let separator = part.documents > 0 ? DocumentWriter.separator : ""
            let between = try separator.isEmpty ? [] : separatorTokens(document.id)
            try describing { () throws(FileFailure) in
                try tokens.append(between)
                try tokens.append(ids)
                try text.write((separator + document.text).utf8)
            }
            part.documents += 1
            part.bytes += separator.utf8.count + document.text.utf8.count
            part.characters +=
                separator.unicodeScalars.count + document.text.unicodeScalars.count
        }
    }

    private func separatorTokens(_ id: String) throws(PipelineError) -> [Int32] {
        if let end = tokenizer.endOfText { return [end] }
        // An alphabet without line breaks has nothing to separate documents with.
        return (try? tokenizer.encode(DocumentWriter.separator)) ?? []
    }

    private func encode(
        _ documents: [(id: String, text: String)]
    ) throws(PipelineError) -> [[Int32]] {
        if let tokens = try? tokenizer.encode(batch: documents.map(\.text)) { return tokens }
        // One of them cannot be encoded: which, is said with its name.
        var result: [[Int32]] = []
        for document in documents {
            do {
                result.append(try tokenizer.encode(document.text))
            } catch {
                throw PipelineError(
                    "The document \(document.id) cannot be encoded (\(error))",
                    .repeat(.tokenizer)
                )
            }
        }
        return result
    }
}
