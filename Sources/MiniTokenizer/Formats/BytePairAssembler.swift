/// Puts a vocabulary, merges and added tokens together and checks that they belong together.
struct BytePairAssembler {
    let file: String
    let vocabulary: NameTable
    private(set) var merges: [BytePairMerge] = []
    var addedTokens: [AddedToken] = []
    private var joined: [UInt8] = []

    init(file: String, vocabulary: NameTable) {
        self.file = file
        self.vocabulary = vocabulary
        merges.reserveCapacity(vocabulary.count)
    }

    private func failure(_ entry: String, _ reason: String, _ offset: Int? = nil) -> TokenizerError
    {
        .malformedFile(file: file, entry: entry, reason: reason, byteOffset: offset)
    }

    /// Adds the next merge by the names of its two tokens.
    mutating func addMerge(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>,
        in file: String, entry: (Int) -> String, at place: Int
    ) throws(TokenizerError) {
        let rank = merges.count
        func unknown(_ name: some Collection<UInt8>) -> TokenizerError {
            .malformedFile(
                file: file, entry: entry(rank),
                reason: "The merge names \(TokenizerError.quoted(name)), which is not in the "
                    + "vocabulary.",
                byteOffset: place)
        }
        guard rank < TokenizerLimits.merges else {
            throw .malformedFile(
                file: file, entry: entry(rank),
                reason: "There are more than \(TokenizerLimits.merges) merges.",
                byteOffset: place)
        }
        guard let leftID = vocabulary.id(of: left) else { throw unknown(left) }
        guard let rightID = vocabulary.id(of: right) else { throw unknown(right) }
        joined.removeAll(keepingCapacity: true)
        joined.append(contentsOf: left)
        joined.append(contentsOf: right)
        guard let made = joined.withUnsafeBufferPointer({ vocabulary.id(of: $0) }) else {
            throw unknown(joined)
        }
        merges.append(BytePairMerge(left: leftID, right: rightID, made: made))
    }

    /// The tokenizer's parts, checked.
    ///
    /// - Parameter mergeEntry: the name of a merge by its rank, for errors.
    consuming func parts(
        splitter: Splitter, settings: BytePairSettings, endOfText: Int32? = nil,
        postProcessor: (any PostProcessor)? = nil, mergeEntry: @escaping (Int) -> String
    ) throws(TokenizerError) -> BytePairParts {
        let addedByID = try checkAddedTokens()
        let (offsets, bytes) = try layOutTokens(addedByID)
        var ofByte = [Int32](repeating: 0, count: 256)
        for byte in 0..<256 {
            let name = ByteAlphabet.visible([UInt8(byte)])
            guard let id = vocabulary.id(of: name) else {
                guard Self.isNeverInUTF8(UInt8(byte)) else {
                    throw TokenizerError.unsupported(
                        file: file, entry: "vocabulary",
                        reason: "The token \(name.debugDescription) for byte \(byte) is missing; "
                            + "a byte-level vocabulary needs all bytes of UTF-8.")
                }
                ofByte[byte] = -1
                continue
            }
            ofByte[byte] = id
        }
        return BytePairParts(
            file: file, mergeEntry: mergeEntry, bytes: bytes, offsets: offsets, merges: merges,
            ofByte: ofByte, addedTokens: addedTokens, splitter: splitter, settings: settings,
            endOfText: endOfText, postProcessor: postProcessor)
    }

    /// The bytes that no text in UTF-8 has (RFC 3629, section 1).
    static func isNeverInUTF8(_ byte: UInt8) -> Bool {
        byte == 0xC0 || byte == 0xC1 || byte >= 0xF5
    }

    private func checkAddedTokens() throws(TokenizerError) -> [Int32: AddedToken] {
        var byID: [Int32: AddedToken] = [:]
        var contents = Set<[UInt8]>()
        for token in addedTokens {
            let entry = "added token \(token.content.debugDescription)"
            guard contents.insert(Array(token.content.utf8)).inserted else {
                throw failure(entry, "It appears twice.")
            }
            guard byID.updateValue(token, forKey: token.id) == nil else {
                throw failure(entry, "Its id \(token.id) belongs to another added token.")
            }
            if let id = vocabulary.id(of: token.content), id != token.id {
                throw failure(entry, "Its id is \(token.id), but \(id) in the vocabulary.")
            }
        }
        return byID
    }

    /// The bytes of all tokens by id: every id from 0 must occur once.
    private func layOutTokens(
        _ addedByID: [Int32: AddedToken]
    ) throws(TokenizerError) -> (offsets: [UInt32], bytes: [UInt8]) {
        var total = vocabulary.count
        for token in addedTokens where vocabulary.id(of: token.content) == nil { total += 1 }
        guard total <= TokenizerLimits.vocabularySize else {
            throw failure("vocabulary", "\(total) tokens are too many.")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            vocabulary.byteCount + addedTokens.reduce(0) { $0 + $1.content.utf8.count })
        var offsets: [UInt32] = [0]
        offsets.reserveCapacity(total + 1)
        // As many tokens as ids: when each id below `total` has one, no id is above.
        for id in 0..<Int32(total) {
            if let added = addedByID[id] {
                if vocabulary.has(id), vocabulary.id(of: added.content) != added.id {
                    throw failure(
                        "added token \(added.content.debugDescription)",
                        "Its id \(id) belongs to \(vocabulary.quotedName(of: id)).")
                }
                bytes.append(contentsOf: added.content.utf8)
            } else if vocabulary.has(id) {
                let start = bytes.count
                vocabulary.withName(of: id) { name in
                    ByteAlphabet.appendBytes(
                        ofVisible: name.baseAddress!, count: name.count, to: &bytes)
                }
                guard bytes.count - start <= TokenizerLimits.tokenLength else {
                    throw failure(
                        "vocabulary",
                        "\(vocabulary.quotedName(of: id)) is longer than "
                            + "\(TokenizerLimits.tokenLength) bytes.")
                }
            } else {
                throw failure("vocabulary", "No token has the id \(id): it is missing.")
            }
            offsets.append(UInt32(bytes.count))
        }
        for token in addedTokens where Int(token.id) >= total {
            throw failure(
                "added token \(token.content.debugDescription)",
                "Its id is \(token.id), but there are only \(total) tokens: an id is missing.")
        }
        return (offsets, bytes)
    }
}

/// What a tokenizer file says, without the file, which need not stay in memory while the tables
/// for encoding are made.
struct BytePairParts {
    let file: String
    let mergeEntry: (Int) -> String
    let bytes: [UInt8]
    let offsets: [UInt32]
    let merges: [BytePairMerge]
    let ofByte: [Int32]
    let addedTokens: [AddedToken]
    let splitter: Splitter
    let settings: BytePairSettings
    let endOfText: Int32?
    let postProcessor: (any PostProcessor)?

    /// The finished tokenizer.
    func tokenizer() throws(TokenizerError) -> BytePairTokenizer {
        var table = MergeTable(capacity: merges.count)
        for (rank, merge) in merges.enumerated()
        where !table.insert(merge.left, merge.right, rank: UInt32(rank)) {
            throw .malformedFile(
                file: file, entry: mergeEntry(rank),
                reason: "The merge stands in the list twice.", byteOffset: nil)
        }
        let addedIDs = Set(addedTokens.map(\.id))
        let tokens = TokenStore(bytes: bytes, offsets: offsets) { !addedIDs.contains($0) }
        return BytePairTokenizer(
            model: BytePairModel(
                tokens: tokens, merges: merges, table: table, ofByte: ofByte, splitter: splitter,
                addedTokens: addedTokens, settings: settings, endOfText: endOfText,
                postProcessor: postProcessor))
    }
}
