/// tiktoken's rank files: one line per token, its bytes in Base64 and its rank, which is its id.
///
/// tiktoken has no merges: two neighbours merge when their bytes together are a token, lowest
/// rank first. That amounts to one merge per token. While a piece is encoded nothing crosses the
/// borders of a token that comes about, so the merges inside it happen exactly as when its bytes
/// are encoded alone; the last two parts in that encoding are the token's merge, wherever it
/// occurs. So the reader encodes each token's bytes with the merges of lower rank.
enum TiktokenFile {
    static func read(
        _ path: String, splitting: SplittingRule?, specialTokens: [String: Int32]?
    ) throws(TokenizerError) -> BytePairTokenizer {
        let bytes = try FileReader.contents(of: path)
        return try read(bytes, file: path, splitting: splitting, specialTokens: specialTokens)
    }

    static func read(
        _ bytes: consuming [UInt8], file: String, splitting: SplittingRule?,
        specialTokens: [String: Int32]?
    ) throws(TokenizerError) -> BytePairTokenizer {
        try FileReader.checkSize(bytes.count, of: file)
        let ranks = try bytes.withPointer { (base, count) throws(TokenizerError) in
            try TokenRanks(base, count, file: file, specialTokens: specialTokens)
        }
        // The tables need the room that the file takes.
        _ = consume bytes
        return try ranks.tokenizer(splitting: splitting)
    }
}

/// What is known about the published encodings by the number of their ranks.
private struct KnownEncoding {
    var splitting = SplittingRule.gpt2
    var specialTokens: [String: Int32] = [:]

    init(rankCount: Int) {
        switch rankCount {
        case 50_256, 50_280:  // r50k_base (GPT-2), p50k_base
            specialTokens = ["<|endoftext|>": 50_256]
        case 100_256:  // cl100k_base
            splitting = .gpt4
            specialTokens = [
                "<|endoftext|>": 100_257, "<|fim_prefix|>": 100_258, "<|fim_middle|>": 100_259,
                "<|fim_suffix|>": 100_260, "<|endofprompt|>": 100_276,
            ]
        default: break
        }
    }
}

/// The lines of a rank file.
private struct RankLines {
    let base: UnsafePointer<UInt8>
    let count: Int
    let file: String

    /// A line with content: its number, its token in Base64, its rank.
    struct Line {
        var number: Int
        var start: Int
        var base64: Slice<UnsafeBufferPointer<UInt8>>
        var rank: Int
    }

    private func failure(_ line: Int, _ reason: String, _ place: Int) -> TokenizerError {
        .malformedFile(file: file, entry: "line \(line)", reason: reason, byteOffset: place)
    }

    func forEach(_ body: (Line) throws(TokenizerError) -> Void) throws(TokenizerError) {
        var start = 0
        var number = 0
        while start < count {
            number += 1
            let end = end(of: start)
            if end > start { try body(try line(number, start, end)) }
            start = end + 1
        }
    }

    private func end(of start: Int) -> Int {
        var end = start
        while end < count, base[end] != 0x0A { end += 1 }
        return end
    }

    private func line(_ number: Int, _ start: Int, _ end: Int) throws(TokenizerError) -> Line {
        let text = UnsafeBufferPointer(start: base + start, count: end - start)
        guard let space = text.firstIndex(of: 0x20) else {
            throw failure(number, "Expected Base64, a space and a rank.", start)
        }
        guard space > 0 else { throw failure(number, "The token is not Base64.", start) }
        guard space <= TokenizerLimits.tokenLength * 4 / 3 + 4 else {
            throw failure(
                number, "The token is longer than \(TokenizerLimits.tokenLength) bytes.", start)
        }
        var digits = text[(space + 1)...]
        if digits.last == 0x0D { digits.removeLast() }
        guard !digits.isEmpty, digits.count <= 9 else {
            throw failure(number, "The rank is not a number below 1,000,000,000.", start)
        }
        var rank = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else {
                throw failure(number, "The rank is not a number.", start)
            }
            rank = rank * 10 + Int(digit - 0x30)
        }
        guard rank < TokenizerLimits.vocabularySize else {
            throw failure(
                number, "The rank \(rank) is not below \(TokenizerLimits.vocabularySize).", start)
        }
        return Line(number: number, start: start, base64: text[..<space], rank: rank)
    }

    /// Appends the bytes of the token whose line begins at `start`; the line has been checked.
    func appendToken(at start: Int, to bytes: inout [UInt8]) {
        let text = UnsafeBufferPointer(start: base + start, count: count - start)
        _ = Base64.decode(text.prefix { $0 != 0x20 }, to: &bytes)
    }

    /// The number of the line that begins at `start`.
    func number(at start: Int) -> Int {
        UnsafeBufferPointer(start: base, count: start).count { $0 == 0x0A } + 1
    }

    func twice(at start: Int) -> TokenizerError {
        failure(number(at: start), "The token appears twice.", start)
    }
}

/// The tokens of a rank file by id, checked, without the file.
private struct TokenRanks {
    let file: String
    private let tokens: TokenStore
    private let added: [AddedToken]
    private let rankCount: Int

    private static func failure(_ file: String, _ entry: String, _ reason: String) -> TokenizerError
    {
        .malformedFile(file: file, entry: entry, reason: reason, byteOffset: nil)
    }

    /// Reads the lines several times: what each pass needs to know, the one before has counted, so
    /// that everything is allocated once.
    init(
        _ base: UnsafePointer<UInt8>, _ count: Int, file: String, specialTokens: [String: Int32]?
    ) throws(TokenizerError) {
        self.file = file
        let lines = RankLines(base: base, count: count, file: file)
        var rankCount = 0
        var highest = -1
        var byteCount = 0
        var token: [UInt8] = []
        try lines.forEach { line throws(TokenizerError) in
            token.removeAll(keepingCapacity: true)
            guard Base64.decode(line.base64, to: &token), !token.isEmpty else {
                throw Self.failure(file, "line \(line.number)", "The token is not Base64.")
            }
            guard token.count <= TokenizerLimits.tokenLength else {
                throw Self.failure(
                    file, "line \(line.number)",
                    "The token is longer than \(TokenizerLimits.tokenLength) bytes.")
            }
            rankCount += 1
            highest = max(highest, line.rank)
            byteCount += token.count
        }
        self.rankCount = rankCount
        let special = specialTokens ?? KnownEncoding(rankCount: rankCount).specialTokens
        added = try Self.addedTokens(special)
        var total = highest + 1
        for token in added {
            total = max(total, Int(token.id) + 1)
            byteCount += token.content.utf8.count
        }

        // Where each token's line begins, later where its bytes do; one more than tokens.
        let none = UInt32.max
        var offsets = [UInt32](repeating: none, count: total + 1)
        try lines.forEach { line throws(TokenizerError) in
            guard offsets[line.rank] == none else {
                throw Self.failure(file, "rank \(line.rank)", "Two tokens have this rank.")
            }
            offsets[line.rank] = UInt32(line.start)
        }
        var addedByID: [Int32: String] = [:]
        for token in added {
            guard offsets[Int(token.id)] == none,
                addedByID.updateValue(token.content, forKey: token.id) == nil
            else {
                throw Self.failure(
                    file, "rank \(token.id)",
                    "It is also the id of \(token.content.debugDescription).")
            }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for id in 0..<total {
            let start = offsets[id]
            offsets[id] = UInt32(bytes.count)
            if start != none {
                lines.appendToken(at: Int(start), to: &bytes)
            } else if let content = addedByID[Int32(id)] {
                bytes.append(contentsOf: content.utf8)
            } else if id <= highest {
                // Ids may be unused between special tokens, as in cl100k, but not between ranks.
                throw Self.failure(
                    file, "rank \(id)", "No token and no special token has this rank.")
            }
        }
        offsets[total] = UInt32(bytes.count)
        tokens = TokenStore(bytes: bytes, offsets: offsets) { id in
            addedByID[id] == nil && offsets[Int(id)] < offsets[Int(id) + 1]
        }
        if let (id, earlier) = tokens.firstDuplicate {
            var places: [Int] = []
            try lines.forEach { line in
                if line.rank == Int(id) || line.rank == Int(earlier) { places.append(line.start) }
            }
            throw lines.twice(at: places.max() ?? 0)
        }
    }

    private static func addedTokens(
        _ specialTokens: [String: Int32]
    ) throws(TokenizerError) -> [AddedToken] {
        var added: [AddedToken] = []
        for (content, id) in specialTokens.sorted(by: { $0.value < $1.value }) {
            guard id >= 0, id < TokenizerLimits.vocabularySize else {
                throw .invalidOption(
                    option: "specialTokens", reason: "\(content.debugDescription) has id \(id).")
            }
            added.append(AddedToken(content, id: id))
        }
        return added
    }

    /// Derives the merges.
    func tokenizer(splitting: SplittingRule?) throws(TokenizerError) -> BytePairTokenizer {
        var ofByte = [Int32](repeating: 0, count: 256)
        for byte in 0..<256 {
            guard let id = tokens.find([UInt8(byte)]) else {
                throw Self.failure(
                    file, "ranks", "There is no token for the single byte \(byte).")
            }
            ofByte[byte] = id
        }
        let addedIDs = Set(added.map(\.id))
        let (merges, table) = try RankMerges(tokens: tokens, ofByte: ofByte, file: file).derive {
            !addedIDs.contains($0)
        }
        var settings = BytePairSettings()
        settings.prefersWholePieces = true
        let rule = splitting ?? KnownEncoding(rankCount: rankCount).splitting
        return BytePairTokenizer(
            model: BytePairModel(
                tokens: tokens, merges: merges, table: table, ofByte: ofByte,
                splitter: try Splitter([rule]), addedTokens: added, settings: settings))
    }
}
