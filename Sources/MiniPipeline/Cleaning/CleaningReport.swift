import Foundation

/// What cleaning did, as it stands in `data/processed/cleaning.json`. It has no dates and no times: the
/// same collection and settings give the same file.
public struct CleaningReport: Sendable, Codable, Equatable {
    /// The settings that the texts were cleaned with.
    public var settings: CleaningSettings
    /// How many documents there were.
    public var documents = 0
    /// How many documents were kept.
    public var kept = 0
    /// How many were dropped, by reason.
    public var dropped: [String: Int] = [:]
    /// How many of the documents that are left are in each language; "unknown" is one that the program
    /// cannot tell.
    public var languages: [String: Int] = [:]
    /// The bytes of the texts before.
    public var bytesBefore = 0
    /// The bytes of the texts that are left.
    public var bytesAfter = 0
    /// What was changed in texts, and how often.
    public var changes: [String: Int] = [:]

    init(_ settings: CleaningSettings) { self.settings = settings }

    /// A reason for dropping a document, in words.
    public static func words(for reason: String) -> String {
        switch reason {
        case "empty": "without text"
        case "language": "in other languages"
        case "tooShort": "too short"
        case "wordLength": "words too long or too short"
        case "symbols": "too many symbols"
        case "fewLetters": "too few letters"
        case "bullets": "lists"
        case "ellipses": "cut-off lines"
        case "repeatedLines": "repeated lines"
        case "duplicate": "copies"
        case "nearDuplicate": "nearly copies"
        default: reason
        }
    }
}

/// A document that was dropped: a line of `data/processed/dropped.jsonl`.
public struct DroppedDocument: Sendable, Codable, Equatable {
    /// The id of the document that was dropped.
    public var id: String
    /// The filter that dropped the document, as one word: "language".
    public var reason: String
    /// Why the document was dropped, as a part of a sentence.
    public var detail: String
}
