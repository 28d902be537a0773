import Synchronization

/// Everything a byte-pair tokenizer knows, immutable and shared by its copies.
final class BytePairModel: Sendable {
    let tokens: TokenStore
    let merges: [BytePairMerge]
    let table: MergeTable
    /// The token each merge makes, by rank.
    let made: [Int32]
    /// The token of each single byte; -1 for bytes that UTF-8 never has, if there is none.
    let ofByte: [Int32]
    let splitter: Splitter
    let addedTokens: [AddedToken]
    let settings: BytePairSettings
    let endOfText: Int32?
    /// What adds tokens around those of a text, if a file said so.
    let postProcessor: (any PostProcessor)?
    /// Added tokens matched in the text as given, and those matched then in what is left of it,
    /// after normalisation.
    let rawMatcher: AddedTokenMatcher
    let normalizedMatcher: AddedTokenMatcher
    private let specialIDs: [Bool]
    let scratches = EncodingScratchPool()

    /// The caller has checked that all ids are in range and that every byte of UTF-8 has a token.
    ///
    /// - Parameter endOfText: the token that ends a text; `nil` takes one with a usual name.
    init(
        tokens: TokenStore, merges: [BytePairMerge], table: MergeTable? = nil, ofByte: [Int32],
        splitter: Splitter, addedTokens: [AddedToken], settings: BytePairSettings,
        endOfText: Int32? = nil, postProcessor: (any PostProcessor)? = nil
    ) {
        self.postProcessor = postProcessor
        precondition(ofByte.count == 256, "A byte-pair model needs a token for each of 256 bytes.")
        self.tokens = tokens
        self.merges = merges
        self.table = table ?? MergeTable(merges)
        self.made = merges.map(\.made)
        self.ofByte = ofByte
        self.splitter = splitter
        self.addedTokens = addedTokens.sorted { $0.id < $1.id }
        self.settings = settings
        rawMatcher = AddedTokenMatcher(addedTokens.filter { !$0.isNormalized })
        normalizedMatcher = AddedTokenMatcher(addedTokens.filter(\.isNormalized)) { token in
            Array(
                settings.normalizations.reduce(token.content) { $1.apply($0) }.utf8)
        }
        var specialIDs = [Bool](repeating: false, count: tokens.count)
        for token in addedTokens where token.isSpecial { specialIDs[Int(token.id)] = true }
        self.specialIDs = specialIDs
        self.endOfText = endOfText ?? addedTokens.usualEndOfText
    }

    func isSpecial(_ id: Int32) -> Bool {
        id >= 0 && Int(id) < specialIDs.count && specialIDs[Int(id)]
    }
}

/// How a tokenizer treats text around the merges.
struct BytePairSettings: Hashable, Sendable {
    /// Unicode normalisations, in order.
    var normalizations: [TextNormalization] = []
    /// A space goes before every stretch of text that does not begin with one.
    var addsPrefixSpace = false
    /// A piece that is a token as a whole becomes that token, whatever the merges would make.
    var prefersWholePieces = false
}

/// What one encoding call needs to itself.
final class EncodingScratch: @unchecked Sendable {
    // Unchecked: the pool hands a scratch to one call at a time.
    let cache = PieceCache()
    let long = LongPieceScratch()
    /// Why the splitting rule could not cut a text.
    var failure: TokenizerError?

    /// - Throws: the failure, which is forgotten.
    func throwFailure() throws(TokenizerError) {
        guard let error = failure else { return }
        failure = nil
        throw error
    }
}

/// Scratches that wait for the next call, so that a tokenizer remembers words between calls.
final class EncodingScratchPool: Sendable {
    private let free = Mutex<[EncodingScratch]>([])

    func take() -> EncodingScratch {
        free.withLock { $0.popLast() } ?? EncodingScratch()
    }

    /// Keeps a scratch for later; at most 64, so that memory stays bounded.
    func give(_ scratch: EncodingScratch) {
        scratch.long.shrink()
        free.withLock { if $0.count < 64 { $0.append(scratch) } }
    }
}
