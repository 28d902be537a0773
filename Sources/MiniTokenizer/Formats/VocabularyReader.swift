/// A vocabulary as it stands in a file: names of tokens and their ids.
struct VocabularyReader {
    /// The names, in the file's order.
    private(set) var names: ByteStringTable
    /// The id of each name.
    private(set) var ids: [Int32] = []

    /// Reads `{"name": id, …}`.
    init(_ scanner: inout JSONScanner, entry: String) throws(TokenizerError) {
        // A token takes at least seven bytes of file ("a":1,), so this asks for no more memory
        // than the file justifies.
        names = ByteStringTable(capacity: 0)
        var names = names
        var ids: [Int32] = []
        scanner.entry = entry
        try scanner.object { scanner, name throws(TokenizerError) in
            let place = scanner.index
            guard !name.isEmpty, name.count <= TokenizerLimits.tokenLength * 2,
                let base = name.baseAddress
            else {
                throw scanner.failure(
                    "A token must have 1 to \(TokenizerLimits.tokenLength) characters.")
            }
            guard names.insert(base, name.count).isNew else {
                throw scanner.failure(
                    "The token \(String(decoding: name, as: UTF8.self).debugDescription) "
                        + "appears twice.", at: place)
            }
            let id = try scanner.integer()
            guard id >= 0, id < TokenizerLimits.vocabularySize else {
                throw scanner.failure(
                    "The id \(id) of \(String(decoding: name, as: UTF8.self).debugDescription) is "
                        + "not in 0..<\(TokenizerLimits.vocabularySize).", at: place)
            }
            ids.append(Int32(id))
        }
        self.names = names
        self.ids = ids
    }

    func id(of name: UnsafeBufferPointer<UInt8>) -> Int32? {
        guard let base = name.baseAddress, !name.isEmpty else { return nil }
        return names.find(base, name.count).map { ids[$0] }
    }

    func id(of name: String) -> Int32? {
        names.find(Array(name.utf8)).map { ids[$0] }
    }

    var count: Int { names.count }
}

/// Puts a vocabulary, merges and added tokens together and checks that they belong together.
struct BytePairAssembler {
    let file: String
    let vocabulary: VocabularyReader
    var merges: [BytePairMerge] = []
    var addedTokens: [AddedToken] = []
    private var joined: [UInt8] = []

    init(file: String, vocabulary: VocabularyReader) {
        self.file = file
        self.vocabulary = vocabulary
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
        func unknown(_ name: some Sequence<UInt8>) -> TokenizerError {
            let name = String(decoding: Array(name), as: UTF8.self)
            return .malformedFile(
                file: file, entry: entry(rank),
                reason: "The merge names \(name.debugDescription), which is not in the vocabulary.",
                byteOffset: place)
        }
        guard rank < vocabulary.count else {
            throw .malformedFile(
                file: file, entry: entry(rank),
                reason: "There are more merges than the \(vocabulary.count) tokens.",
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

    /// The finished tokenizer.
    ///
    /// - Parameter mergeEntry: the name of a merge by its rank, for errors.
    func assemble(
        splitter: Splitter, settings: BytePairSettings, mergeEntry: (Int) -> String
    ) throws(TokenizerError) -> BytePairTokenizer {
        let addedByID = try checkAddedTokens()
        let (offsets, bytes) = try layOutTokens(addedByID)
        var ofByte = [Int32](repeating: 0, count: 256)
        for byte in 0..<256 {
            let name = ByteAlphabet.visible([UInt8(byte)])
            guard let id = vocabulary.id(of: name) else {
                throw failure(
                    "vocabulary",
                    "The token \(name.debugDescription) for byte \(byte) is missing; a byte-level "
                        + "vocabulary needs all 256.")
            }
            ofByte[byte] = id
        }
        let table = MergeTable(merges)
        if let duplicate = table.firstDuplicate {
            throw failure(mergeEntry(duplicate), "The merge stands in the list twice.")
        }
        let tokens = TokenStore(bytes: bytes, offsets: offsets) { addedByID[$0] == nil }
        return BytePairTokenizer(
            model: BytePairModel(
                tokens: tokens, merges: merges, table: table, ofByte: ofByte, splitter: splitter,
                addedTokens: addedTokens, settings: settings))
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
    ) throws(TokenizerError) -> (offsets: [Int], bytes: [UInt8]) {
        var total = vocabulary.count
        for token in addedTokens where vocabulary.id(of: token.content) == nil { total += 1 }
        guard total <= TokenizerLimits.vocabularySize else {
            throw failure("vocabulary", "\(total) tokens are too many.")
        }
        var nameOfID = [Int32](repeating: -1, count: total)
        for (index, id) in vocabulary.ids.enumerated() {
            guard Int(id) < total else {
                throw failure(
                    "vocabulary",
                    "\(name(index)) has id \(id), but there are only \(total) tokens: an id is "
                        + "missing.")
            }
            guard nameOfID[Int(id)] < 0 else {
                throw failure(
                    "vocabulary",
                    "\(name(index)) and \(name(Int(nameOfID[Int(id)]))) have the same id \(id).")
            }
            nameOfID[Int(id)] = Int32(index)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vocabulary.names.bytes.count)
        var offsets = [0]
        offsets.reserveCapacity(total + 1)
        try vocabulary.names.bytes.withUnsafeBufferPointer { (buffer) throws(TokenizerError) in
            for id in 0..<total {
                let nameIndex = nameOfID[id]
                if let added = addedByID[Int32(id)] {
                    if nameIndex >= 0, vocabulary.id(of: added.content) != added.id {
                        throw failure(
                            "added token \(added.content.debugDescription)",
                            "Its id \(id) belongs to \(name(Int(nameIndex))).")
                    }
                    bytes.append(contentsOf: added.content.utf8)
                } else if nameIndex >= 0, let base = buffer.baseAddress {
                    let range = vocabulary.names.range(of: Int(nameIndex))
                    let start = bytes.count
                    ByteAlphabet.appendBytes(
                        ofVisible: base + range.lowerBound, count: range.count, to: &bytes)
                    guard bytes.count - start <= TokenizerLimits.tokenLength else {
                        throw failure(
                            "vocabulary",
                            "\(name(Int(nameIndex))) is longer than "
                                + "\(TokenizerLimits.tokenLength) bytes.")
                    }
                } else {
                    throw failure("vocabulary", "No token has the id \(id).")
                }
                offsets.append(bytes.count)
            }
        }
        for token in addedTokens where Int(token.id) >= total {
            throw failure(
                "added token \(token.content.debugDescription)",
                "Its id is \(token.id), but there are only \(total) tokens: an id is missing.")
        }
        return (offsets, bytes)
    }

    private func name(_ index: Int) -> String {
        String(decoding: vocabulary.names.bytes[vocabulary.names.range(of: index)], as: UTF8.self)
            .debugDescription
    }
}
