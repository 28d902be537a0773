/// The kinds of parts that a reader of `tokenizer.json` knows, by their names.
///
///     var parts = PartRegistry.standard
///     parts.normalizers.add(MyNormalizer.self)
///     let tokenizer = try TokenizerFile.open("tokenizer.json", parts: parts)
public struct PartRegistry: Sendable {
    /// One sort of parts, such as the normalizers.
    public struct Kind<Value>: Sendable {
        /// What the sort is called in errors.
        let title: String
        private var readers: [String: @Sendable (PartMembers) throws(TokenizerError) -> Value] = [:]

        init(_ title: String) { self.title = title }

        /// The names that are known, in alphabetical order.
        public var typeNames: [String] { readers.keys.sorted() }

        mutating func add(
            _ name: String,
            _ reader: @escaping @Sendable (PartMembers) throws(TokenizerError) -> Value
        ) {
            readers[name] = reader
        }

        /// The part that some members describe.
        ///
        /// - Throws: ``TokenizerError/unsupported(file:entry:reason:)`` if its name is not known, or
        ///   what its own reader says.
        func read(_ members: PartMembers) throws(TokenizerError) -> Value {
            guard let reader = readers[members.type] else {
                throw members.unsupported(
                    "The \(title) \(members.type.debugDescription) is not supported; "
                        + "\(typeNames.joined(separator: ", ")) are.")
            }
            return try reader(members)
        }
    }

    /// What changes a text before it is split.
    public var normalizers = Kind<any Normalizer>("normalizer")
    /// What cuts a text into pieces.
    public var preTokenizers = Kind<any PreTokenizer>("pre-tokenizer")
    /// What adds tokens around those of a text.
    public var postProcessors = Kind<any PostProcessor>("post-processor")
    /// What turns names of tokens into text.
    public var decoders = Kind<any TokenDecoder>("decoder")

    /// A registry of no parts.
    public init() {}

    /// All parts of this library.
    public static let standard: PartRegistry = {
        var registry = PartRegistry()
        registry.normalizers.add(UnicodeFormNormalizer.NFC.self)
        registry.normalizers.add(UnicodeFormNormalizer.NFD.self)
        registry.normalizers.add(UnicodeFormNormalizer.NFKC.self)
        registry.normalizers.add(UnicodeFormNormalizer.NFKD.self)
        registry.normalizers.add(LowercaseNormalizer.self)
        registry.normalizers.add(StripNormalizer.self)
        registry.normalizers.add(StripAccentsNormalizer.self)
        registry.normalizers.add(PrependNormalizer.self)
        registry.normalizers.add(ReplaceNormalizer.self)
        registry.normalizers.add(BertNormalizer.self)
        registry.normalizers.add(PrecompiledNormalizer.self)
        registry.normalizers.add(NormalizerSequence.self)

        registry.preTokenizers.add(ByteLevelPreTokenizer.self)
        registry.preTokenizers.add(SplitPreTokenizer.self)
        registry.preTokenizers.add(WhitespacePreTokenizer.self)
        registry.preTokenizers.add(WhitespaceSplitPreTokenizer.self)
        registry.preTokenizers.add(PunctuationPreTokenizer.self)
        registry.preTokenizers.add(DigitsPreTokenizer.self)
        registry.preTokenizers.add(BertPreTokenizer.self)
        registry.preTokenizers.add(DelimiterPreTokenizer.self)
        registry.preTokenizers.add(MetaspacePreTokenizer.self)
        registry.preTokenizers.add(PreTokenizerSequence.self)

        registry.postProcessors.add(TemplateProcessor.self)
        registry.postProcessors.add(BertProcessor.self)
        registry.postProcessors.add(RobertaProcessor.self)
        registry.postProcessors.add(ByteLevelProcessor.self)
        registry.postProcessors.add(PostProcessorSequence.self)

        registry.decoders.add(ByteLevelDecoder.self)
        registry.decoders.add(WordPieceDecoder.self)
        registry.decoders.add(MetaspaceDecoder.self)
        registry.decoders.add(WordEndDecoder.self)
        registry.decoders.add(ByteFallbackDecoder.self)
        registry.decoders.add(FuseDecoder.self)
        registry.decoders.add(StripDecoder.self)
        registry.decoders.add(ReplaceDecoder.self)
        registry.decoders.add(DecoderSequence.self)
        return registry
    }()
}

extension PartRegistry.Kind<any Normalizer> {
    /// Makes a kind of normalizer known under its name.
    public mutating func add<New: Normalizer>(_ type: New.Type) {
        add(New.typeName) { members throws(TokenizerError) in try New(members) }
    }
}

extension PartRegistry.Kind<any PreTokenizer> {
    /// Makes a kind of pre-tokenizer known under its name.
    public mutating func add<New: PreTokenizer>(_ type: New.Type) {
        add(New.typeName) { members throws(TokenizerError) in try New(members) }
    }
}

extension PartRegistry.Kind<any PostProcessor> {
    /// Makes a kind of post-processor known under its name.
    public mutating func add<New: PostProcessor>(_ type: New.Type) {
        add(New.typeName) { members throws(TokenizerError) in try New(members) }
    }
}

extension PartRegistry.Kind<any TokenDecoder> {
    /// Makes a kind of decoder known under its name.
    public mutating func add<New: TokenDecoder>(_ type: New.Type) {
        add(New.typeName) { members throws(TokenizerError) in try New(members) }
    }
}
