import Foundation

/// The documents that a rule is applied to.
public enum CleaningScope: String, Sendable, Codable, CaseIterable {
    /// Documents whose source is an address on the web; a file of one's own is as one wants it.
    case web
    /// All documents.
    case all
    /// None.
    case none

    func includes(_ document: Document) -> Bool {
        switch self {
        case .all: true
        case .none: false
        case .web: document.source.hasPrefix("http://") || document.source.hasPrefix("https://")
        }
    }
}

/// What becomes of headings as a wiki writes them: `== History ==`.
public enum HeadingStyle: String, Sendable, Codable, CaseIterable {
    /// Headings stay as they are.
    case keep
    /// The words of a heading stay without its marks: `History`.
    case plain
    /// Headings are removed.
    case drop
}

/// In which form of Unicode the text ends up; see Unicode Standard Annex 15.
public enum NormalizationForm: String, Sendable, Codable, CaseIterable {
    /// Each letter with its accents as one code where there is one. Nothing looks different.
    case nfc
    /// Also one code for what is nearly the same: `ﬁ` becomes `fi`, `²` becomes `2`.
    case nfkc
    /// As it is.
    case none
}

/// What the stage `clean` does. The standard settings suit most collections, and leave one good text
/// as it is.
public struct CleaningSettings: Sendable, Codable, Equatable {
    /// The form of Unicode that texts are brought into.
    public var normalization = NormalizationForm.nfc
    /// The documents in which remains of markup are looked for.
    public var markup = CleaningScope.web
    /// What becomes of a wiki's headings, where markup is looked for.
    public var headings = HeadingStyle.plain
    /// The documents that must pass the filters of quality. A collection of one document is a text that
    /// somebody chose: it passes unless this is `.all`.
    public var filters = CleaningScope.web
    /// The languages to keep, as codes: "en"; all if there are none.
    public var languages: [String] = []
    /// Whether a document with the same text as one before it is dropped.
    public var dropsDuplicates = true
    /// Documents that share more of their runs of five words with one before them are dropped; 0 for
    /// none.
    public var nearDuplicates = 0.8
    /// The bounds of the filters.
    public var quality = QualityBounds()

    /// The standard settings.
    public init() {}
}

/// The bounds of the filters of quality: the rules of Gopher (Rae et al. 2021, "Scaling Language
/// Models", appendix A.1.1) without its upper bound of 100,000 words, which would drop books, and
/// without its English words, which would drop other languages.
public struct QualityBounds: Sendable, Codable, Equatable {
    /// Fewer words are too few.
    public var minimumWords = 50
    /// The shortest mean length of words, in characters.
    public var shortestMeanWord = 3.0
    /// The longest mean length of words, in characters.
    public var longestMeanWord = 10.0
    /// At most so many `#` and `…` to a word.
    public var mostSymbols = 0.1
    /// At least this share of the words has a letter.
    public var fewestLetters = 0.8
    /// At most this share of the lines begins as a list does.
    public var mostBullets = 0.9
    /// At most this share of the lines ends with an ellipsis.
    public var mostEllipses = 0.3
    /// At most this share of the lines is there already.
    public var mostRepeatedLines = 0.3
    /// At most this share of the bytes lies in such lines.
    public var mostRepeatedBytes = 0.2

    /// The rules as published.
    public init() {}
}

extension CleaningSettings {
    /// The codes of the languages that can be told.
    public static var languages: [String] { LanguageGuess.languages }
}
