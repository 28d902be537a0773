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
        _ bytes: [UInt8], file: String, splitting: SplittingRule?,
        specialTokens: [String: Int32]?
    ) throws(TokenizerError) -> BytePairTokenizer {
        var ranks = TokenLines(file: file)
        try bytes.withPointer { (base, count) throws(TokenizerError) in
            try ranks.read(base, count)
        }
        let known = KnownEncoding(rankCount: ranks.ids.count)
        return try ranks.assemble(
            splitting: splitting ?? known.splitting,
            specialTokens: specialTokens ?? known.specialTokens)
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
private struct TokenLines {
    let file: String
    /// Ids and bytes in the file's order.
    private(set) var ids: [Int32] = []
    private var names = ByteStringTable()

    init(file: String) { self.file = file }

    private func failure(_ entry: String, _ reason: String, _ place: Int? = nil) -> TokenizerError {
        .malformedFile(file: file, entry: entry, reason: reason, byteOffset: place)
    }

    mutating func read(_ base: UnsafePointer<UInt8>, _ count: Int) throws(TokenizerError) {
        var start = 0
        var line = 0
        var token: [UInt8] = []
        while start < count {
            line += 1
            var end = start
            while end < count, base[end] != 0x0A { end += 1 }
            defer { start = end + 1 }
            let text = UnsafeBufferPointer(start: base + start, count: end - start)
            if text.isEmpty { continue }
            let entry = "line \(line)"
            guard let space = text.firstIndex(of: 0x20) else {
                throw failure(entry, "Expected Base64, a space and a rank.", start)
            }
            token.removeAll(keepingCapacity: true)
            guard Base64.decode(text[..<space], to: &token), !token.isEmpty else {
                throw failure(entry, "The token is not Base64.", start)
            }
            guard token.count <= TokenizerLimits.tokenLength else {
                throw failure(
                    entry, "The token is longer than \(TokenizerLimits.tokenLength) bytes.", start)
            }
            var rank = 0
            var digits = text[(space + 1)...]
            if digits.last == 0x0D { digits.removeLast() }
            guard !digits.isEmpty, digits.count <= 9 else {
                throw failure(entry, "The rank is not a number below 1,000,000,000.", start)
            }
            for digit in digits {
                guard digit >= 0x30, digit <= 0x39 else {
                    throw failure(entry, "The rank is not a number.", start)
                }
                rank = rank * 10 + Int(digit - 0x30)
            }
            guard rank < TokenizerLimits.vocabularySize else {
                throw failure(
                    entry, "The rank \(rank) is not below \(TokenizerLimits.vocabularySize).", start
                )
            }
            guard names.insert(token).isNew else {
                throw failure(entry, "The token appears twice.", start)
            }
            ids.append(Int32(rank))
        }
    }

    /// Checks the ids and derives the merges.
    func assemble(
        splitting: SplittingRule, specialTokens: [String: Int32]
    ) throws(TokenizerError) -> BytePairTokenizer {
        let specials = specialTokens.sorted { $0.value < $1.value }
        var total = Int(ids.max() ?? -1) + 1
        for (content, id) in specials {
            guard id >= 0, id < TokenizerLimits.vocabularySize else {
                throw .invalidOption(
                    option: "specialTokens", reason: "\(content.debugDescription) has id \(id).")
            }
            total = max(total, Int(id) + 1)
        }
        var lineOfID = [Int32](repeating: -1, count: total)
        for (line, id) in ids.enumerated() {
            guard lineOfID[Int(id)] < 0 else {
                throw failure("rank \(id)", "Two tokens have this rank.")
            }
            lineOfID[Int(id)] = Int32(line)
        }
        var added: [AddedToken] = []
        var addedByID: [Int32: String] = [:]
        for (content, id) in specials {
            guard lineOfID[Int(id)] < 0, addedByID.updateValue(content, forKey: id) == nil else {
                throw failure("rank \(id)", "It is also the id of \(content.debugDescription).")
            }
            added.append(AddedToken(content, id: id))
        }
        // Ids may be unused between special tokens, as in cl100k, but not between ranks.
        let firstUnused = lineOfID[...Int(max(ids.max() ?? 0, 0))].indices.first {
            lineOfID[$0] < 0 && addedByID[Int32($0)] == nil
        }
        if let firstUnused, firstUnused < total {
            throw failure("rank \(firstUnused)", "No token and no special token has this rank.")
        }
        var offsets = [0]
        var bytes: [UInt8] = []
        for id in 0..<total {
            if lineOfID[id] >= 0 {
                bytes.append(contentsOf: names.bytes[names.range(of: Int(lineOfID[id]))])
            } else if let content = addedByID[Int32(id)] {
                bytes.append(contentsOf: content.utf8)
            }
            offsets.append(bytes.count)
        }
        let tokens = TokenStore(bytes: bytes, offsets: offsets) {
            addedByID[$0] == nil && lineOfID[Int($0)] >= 0
        }
        var ofByte = [Int32](repeating: 0, count: 256)
        for byte in 0..<256 {
            guard let id = tokens.find([UInt8(byte)]) else {
                throw failure("ranks", "There is no token for the single byte \(byte).")
            }
            ofByte[byte] = id
        }
        let merges = try RankMerges(tokens: tokens, ofByte: ofByte, file: file).derive { id in
            lineOfID[Int(id)] >= 0
        }
        var settings = BytePairSettings()
        settings.prefersWholePieces = true
        return BytePairTokenizer(
            model: BytePairModel(
                tokens: tokens, merges: merges, ofByte: ofByte,
                splitter: try Splitter([splitting]), addedTokens: added, settings: settings))
    }
}

/// Finds the merge that makes each token of a rank file.
private struct RankMerges {
    let tokens: TokenStore
    let ofByte: [Int32]
    let file: String

    func derive(isRanked: (Int32) -> Bool) throws(TokenizerError) -> [BytePairMerge] {
        var table = GrowingMergeTable(capacity: tokens.count)
        var merges: [BytePairMerge] = []
        var made: [Int32] = []
        var parts: [Int32] = []
        var work = 0
        for id in 0..<Int32(tokens.count) where isRanked(id) {
            guard let range = tokens.range(of: id), range.count > 1 else { continue }
            parts = tokens.bytes[range].map { ofByte[Int($0)] }
            // Lowest rank first, leftmost of equals, among the merges found so far.
            while parts.count > 2 {
                var best = -1
                var lowest = UInt32.max
                for index in 0..<parts.count - 1 {
                    let rank = table.rank(parts[index], parts[index + 1])
                    if rank < lowest {
                        lowest = rank
                        best = index
                    }
                }
                work += parts.count
                if best < 0 { break }
                parts[best] = made[Int(lowest)]
                parts.remove(at: best + 1)
            }
            if parts.count > 2 { parts = try lastTwoParts(of: id, range, &work) }
            guard work < 1 << 31 else {
                throw .unsupported(
                    file: file, entry: "rank \(id)",
                    reason: "The tokens take too long to derive merges from.")
            }
            guard parts.count == 2 else { continue }
            table.insert(parts[0], parts[1], rank: UInt32(merges.count))
            merges.append(BytePairMerge(left: parts[0], right: parts[1], made: id))
            made.append(id)
        }
        return merges
    }

    /// The slow path for a token that lower ranks do not make: all ranks take part. An empty
    /// result means that only a piece that is this token as a whole becomes it.
    private func lastTwoParts(
        of id: Int32, _ range: Range<Int>, _ work: inout Int
    ) throws(TokenizerError) -> [Int32] {
        var parts = tokens.bytes[range].map { (token: ofByte[Int($0)], length: 1) }
        while parts.count > 2 {
            var best = -1
            var lowest = Int32.max
            var start = range.lowerBound
            for index in 0..<parts.count - 1 {
                let length = parts[index].length + parts[index + 1].length
                let found = tokens.find(Array(tokens.bytes[start..<start + length]))
                work += length
                if let found, found < lowest {
                    lowest = found
                    best = index
                }
                start += parts[index].length
            }
            guard work < 1 << 31, best >= 0 else { return [] }
            parts[best] = (lowest, parts[best].length + parts[best + 1].length)
            parts.remove(at: best + 1)
        }
        return parts.map(\.token)
    }
}

/// A merge table that is filled while it is used.
private struct GrowingMergeTable {
    private var pairs: [UInt64]
    private var ranks: [UInt32]

    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        pairs = [UInt64](repeating: .max, count: size)
        ranks = [UInt32](repeating: .max, count: size)
    }

    private func slot(_ pair: UInt64) -> Int {
        let mask = pairs.count - 1
        var slot = Int(truncatingIfNeeded: ((pair ^ pair >> 29) &* 0x9E37_79B9_7F4A_7C15) >> 32)
        slot &= mask
        while pairs[slot] != .max, pairs[slot] != pair { slot = (slot + 1) & mask }
        return slot
    }

    func rank(_ left: Int32, _ right: Int32) -> UInt32 {
        ranks[slot(MergeTable.pair(left, right))]
    }

    mutating func insert(_ left: Int32, _ right: Int32, rank: UInt32) {
        let slot = slot(MergeTable.pair(left, right))
        pairs[slot] = MergeTable.pair(left, right)
        ranks[slot] = min(ranks[slot], rank)
    }
}

extension BytePairTokenizer {
    /// The tokens as tiktoken's rank file, without special tokens, which tiktoken takes apart:
    ///
    ///     tiktoken.Encoding("mine", pat_str=…, mergeable_ranks=load_tiktoken_bpe(path),
    ///                       special_tokens={"<|endoftext|>": 0})
    ///
    /// - Throws: ``TokenizerError/unsupported(file:entry:reason:)`` when the tokenizer cannot be
    ///   said in ranks: ids must ascend in the order of merges, and each token must be a byte or
    ///   come from one merge.
    public func tiktokenRanks() throws(TokenizerError) -> [UInt8] {
        func unsupported(_ id: Int32, _ reason: String) -> TokenizerError {
            .unsupported(file: "tiktoken ranks", entry: "token \(id)", reason: reason)
        }
        guard !model.settings.addsPrefixSpace, normalizations.isEmpty else {
            throw unsupported(0, "Rank files know neither prefix spaces nor normalisation.")
        }
        var isMade = [Bool](repeating: false, count: vocabularySize)
        var last: Int32 = -1
        for merge in merges {
            guard merge.made > last else {
                throw unsupported(merge.made, "Its id does not follow the order of merges.")
            }
            last = merge.made
            isMade[Int(merge.made)] = true
        }
        let added = Set(addedTokens.map(\.id))
        var result: [UInt8] = []
        for id in 0..<Int32(vocabularySize) where !added.contains(id) {
            guard let range = model.tokens.range(of: id), !range.isEmpty else { continue }
            guard range.count == 1 || isMade[Int(id)] || model.settings.prefersWholePieces else {
                throw unsupported(id, "No merge makes it, but in tiktoken text would become it.")
            }
            Base64.encode(model.tokens.bytes[range], to: &result)
            result.append(contentsOf: " \(id)\n".utf8)
        }
        return result
    }

    /// Writes ``tiktokenRanks()`` to a file.
    ///
    /// - Throws: as ``tiktokenRanks()``, and ``TokenizerError/unreadableFile(file:reason:)``.
    public func writeTiktoken(to path: String) throws(TokenizerError) {
        try FileReader.write(try tiktokenRanks(), to: path)
    }
}
