/// A text with where it is from and what may be done with it.
public struct Document: Sendable, Codable, Equatable {
    /// What tells it from all others of its source: an address, a path.
    public var id: String
    /// The document's heading, if it has one.
    public var title: String?
    /// The document's whole text.
    public var text: String
    /// Where the document is from: an address on the web or a path.
    public var source: String
    /// The terms it is offered under, as its source says: "CC BY-SA 4.0".
    public var license: String?
    /// A language code, if the source says: "fr".
    public var language: String?

    /// A document with its text and where it is from.
    public init(
        id: String, title: String? = nil, text: String, source: String, license: String? = nil,
        language: String? = nil
    ) {
        self.id = id
        self.title = title
        self.text = text
        self.source = source
        self.license = license
        self.language = language
    }
}
