/// One part of a tokenizer as `tokenizer.json` names it: a normalizer, a pre-tokenizer, a
/// post-processor or a decoder.
///
/// A new kind of part is one type: it says its name, is made from its members, and says them again
/// when it is written. ``PartRegistry`` finds it by its name.
public protocol TokenizerPart: Sendable {
    /// The part's name in the member `type`, such as `Lowercase`.
    static var typeName: String { get }

    /// Reads the part.
    ///
    /// - Throws: ``TokenizerError`` that names the member that is missing or not understood.
    init(_ members: PartMembers) throws(TokenizerError)

    /// The members beside `type`, in the order in which they are written.
    var members: [(name: String, value: PartValue)] { get }
}

extension TokenizerPart {
    /// The part's name in the member `type`.
    public var typeName: String { Self.typeName }
}

/// Changes a text before it is split, and keeps track of where each byte comes from.
public protocol Normalizer: TokenizerPart {
    /// Changes the text.
    ///
    /// - Throws: ``TokenizerError`` when that would take too much work.
    func normalize(_ text: inout NormalizedText) throws(TokenizerError)
}

/// Cuts a normalised text into pieces, inside of which the model finds tokens.
public protocol PreTokenizer: TokenizerPart {
    /// The pieces of a piece, in order; what is in none of them is left out.
    ///
    /// - Throws: ``TokenizerError`` when that would take too much work.
    func split(_ piece: NormalizedText) throws(TokenizerError) -> [NormalizedText]
}

/// Adds tokens around those of a text, or corrects the places they stand for.
public protocol PostProcessor: TokenizerPart {
    /// Changes the tokens of a text.
    ///
    /// - Parameters:
    ///   - tokens: the tokens of the whole text.
    ///   - addsSpecialTokens: whether tokens that stand for no text, such as a marker of the
    ///     beginning, are wanted.
    func process(_ tokens: inout [ProcessedToken], addsSpecialTokens: Bool)

    /// The tokens that this part may add, so that a reader can check that they exist.
    var addedTokenIDs: [Int32] { get }
}

extension PostProcessor {
    /// The default: it adds none.
    public var addedTokenIDs: [Int32] { [] }
}

/// Turns the names of tokens into text.
public protocol TokenDecoder: TokenizerPart {
    /// The names of tokens as the decoder before left them, in UTF-8, to be joined at the end.
    func decode(_ pieces: [[UInt8]]) -> [[UInt8]]

    /// How far the text of a token depends on what follows, which decides how soon a decoder that
    /// takes one token at a time can return it.
    var reach: DecodingReach { get }

    /// Whether all tokens are one piece afterwards.
    var joinsPieces: Bool { get }
}

extension TokenDecoder {
    /// The default: everything may depend on everything.
    public var reach: DecodingReach { .wholeText }

    /// The default: pieces remain apart.
    public var joinsPieces: Bool { false }
}

/// A token with its name and the characters of the text that it stands for.
public struct ProcessedToken: Hashable, Sendable {
    /// The token's id.
    public var id: Int32
    /// The token's name in the vocabulary.
    public var name: String
    /// The characters (Unicode scalars) of the text, as it was given, that the token stands for; empty
    /// for a token that was added.
    public var range: Range<Int>

    /// A token over a range of characters.
    public init(id: Int32, name: String, range: Range<Int> = 0..<0) {
        self.id = id
        self.name = name
        self.range = range
    }
}
