/// A tokenizer that is composed of parts, as Hugging Face's `tokenizer.json` describes them:
/// a normalizer, a pre-tokenizer, a model, a post-processor and a decoder.
///
///     let tokenizer = try TokenizerFile.open("bert-base-uncased/tokenizer.json")
///     let tokens = try tokenizer.encode("unaffable")  // un ##aff ##able
///
/// Ids, places and decoded texts are those of Hugging Face's library. Byte-level BPE, the kind of
/// GPT-2, opens as a ``BytePairTokenizer``, which is much faster, unless it needs more.
public struct ComposedTokenizer: TextTokenizer {
    let parts: ComposedParts

    /// The number of ids: those of the vocabulary and of added tokens.
    public var vocabularySize: Int { parts.vocabularySize }

    /// The special token with a usual name for the end of a text, such as `</s>`.
    public var endOfText: Int32? { parts.endOfText }

    /// The token for what the vocabulary cannot express, if there is one.
    public var unknownToken: Int32? { parts.model.unknownToken }

    /// Tokens that are matched in the text before it is split, by ascending id.
    public var addedTokens: [AddedToken] { parts.addedTokens }

    /// What a user should know before this tokenizer is used, such as that it loses text.
    public var warnings: [String] { parts.warnings }

    /// The kind of model as `tokenizer.json` names it, such as `WordPiece`.
    public var modelType: String {
        guard case .text(let type)? = parts.model.members.first?.value else { return "" }
        return type
    }

    /// The name of a token as it stands in the vocabulary; `nil` if there is none.
    public func name(of token: Int32) -> String? {
        parts.nameBytes(of: token).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The token of a name.
    public func token(named name: String) -> Int32? {
        addedToken(name)?.id ?? parts.model.vocabulary.id(of: Array(name.utf8))
    }

    /// Whether a token is a marker such as `[CLS]`.
    public func isSpecial(_ token: Int32) -> Bool { parts.added[token]?.isSpecial ?? false }
}

/// Everything a composed tokenizer knows, immutable and shared by its copies.
final class ComposedParts: Sendable {
    let normalizer: (any Normalizer)?
    let preTokenizer: (any PreTokenizer)?
    let model: any TokenModel
    let postProcessor: (any PostProcessor)?
    let decoder: (any TokenDecoder)?
    let addedTokens: [AddedToken]
    let added: [Int32: AddedToken]
    let vocabularySize: Int
    let endOfText: Int32?
    let warnings: [String]
    /// Added tokens matched in the text as given, and those matched then in what is left of it,
    /// after normalisation.
    let rawMatcher, normalizedMatcher: AddedTokenMatcher
    /// What added tokens read as: those that are looked for in normalised text, normalised.
    private let addedText: [Int32: [UInt8]]
    private let specialNames: Set<[UInt8]>

    /// The caller has checked that all ids are in range.
    init(
        normalizer: (any Normalizer)? = nil, preTokenizer: (any PreTokenizer)? = nil,
        model: any TokenModel, postProcessor: (any PostProcessor)? = nil,
        decoder: (any TokenDecoder)? = nil, addedTokens: [AddedToken] = [],
        endOfText: Int32? = nil, warnings: [String] = []
    ) {
        self.normalizer = normalizer
        self.preTokenizer = preTokenizer
        self.model = model
        self.postProcessor = postProcessor
        self.decoder = decoder
        self.addedTokens = addedTokens.sorted { $0.id < $1.id }
        self.warnings = warnings
        added = Dictionary(addedTokens.map { ($0.id, $0) }) { first, _ in first }
        vocabularySize = max(
            model.vocabulary.count, (addedTokens.map { Int($0.id) + 1 }.max() ?? 0))
        self.endOfText = endOfText ?? addedTokens.usualEndOfText
        func text(_ token: AddedToken) -> [UInt8] {
            var content = NormalizedText(token.content)
            // What cannot be normalised here fails in every text, too, which says why.
            if token.isNormalized { try? normalizer?.normalize(&content) }
            return content.bytes
        }
        addedText = Dictionary(addedTokens.map { ($0.id, text($0)) }) { first, _ in first }
        specialNames = Set(addedTokens.filter(\.isSpecial).map { Array($0.content.utf8) })
        rawMatcher = AddedTokenMatcher(addedTokens.filter { !$0.isNormalized })
        normalizedMatcher = AddedTokenMatcher(
            addedTokens.filter(\.isNormalized), content: text)
    }

    /// What decoding makes text of; `nil` if there is no such token, or it is a special one and these
    /// are left out.
    func decodedName(of token: Int32, skippingSpecialTokens: Bool) -> [UInt8]? {
        let name = addedText[token] ?? model.vocabulary.name(of: token)
        guard skippingSpecialTokens, let name, specialNames.contains(name) else { return name }
        return nil
    }

    func nameBytes(of token: Int32) -> [UInt8]? {
        added[token].map { Array($0.content.utf8) } ?? model.vocabulary.name(of: token)
    }
}
