/// Byte-pair encoding of characters (Sennrich, Haddow and Birch 2016) with all options of Hugging
/// Face's. ``BytePairTokenizer`` is the fast way for bytes.
struct MergeModel: TokenModel {
    /// What a model says beside its tokens and merges.
    struct Options: Sendable {
        /// The token for characters that the vocabulary lacks; without one they are left out.
        var unknownName: String?
        /// What the names of tokens begin with that do not begin a word.
        var prefix: String?
        /// What the names of tokens end with that end a word.
        var suffix: String?
        /// Neighbours that are unknown are one token.
        var fusesUnknown = false
        /// Characters that the vocabulary lacks become tokens of their bytes.
        var usesByteFallback = false
        /// A piece that is a token becomes that token, whatever the merges would make.
        var prefersWholePieces = false
    }

    let vocabulary: TokenVocabulary
    let merges: [BytePairMerge]
    let options: Options
    let unknownToken: Int32?
    private let table: MergeTable
    private let byteTokens: [Int32]
    private let prefix, suffix: [UInt8]

    init(
        vocabulary: TokenVocabulary, merges: [BytePairMerge], table: MergeTable? = nil,
        options: Options
    ) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.options = options
        self.table = table ?? MergeTable(merges)
        unknownToken = options.unknownName.flatMap { vocabulary.id(of: Array($0.utf8)) }
        byteTokens = options.usesByteFallback ? vocabulary.byteTokens : []
        prefix = Array((options.prefix ?? "").utf8)
        suffix = Array((options.suffix ?? "").utf8)
    }

    var members: [(name: String, value: PartValue)] {
        func text(_ text: String?) -> PartValue { text.map { .text($0) } ?? .null }
        return [
            ("type", .text("BPE")), ("dropout", .null), ("unk_token", text(options.unknownName)),
            ("continuing_subword_prefix", text(options.prefix)),
            ("end_of_word_suffix", text(options.suffix)),
            ("fuse_unk", .boolean(options.fusesUnknown)),
            ("byte_fallback", .boolean(options.usesByteFallback)),
            ("ignore_merges", .boolean(options.prefersWholePieces)),
        ]
    }

    func encode(_ piece: [UInt8]) throws(TokenizerError) -> [ModelToken] {
        if options.prefersWholePieces, let whole = vocabulary.id(of: piece) {
            return [ModelToken(id: whole, range: piece.indices)]
        }
        return merged(characters(of: piece))
    }

    /// The token of each character.
    private func characters(of piece: [UInt8]) -> [ModelToken] {
        var tokens: [ModelToken] = []
        tokens.reserveCapacity(piece.count)
        var place = 0
        var unknown: Int?
        func add(_ id: Int32, _ length: Int) {
            tokens.append(ModelToken(id: id, range: place..<place + length))
            place += length
        }
        var start = 0
        while start < piece.count {
            var end = start + 1
            while end < piece.count, piece[end] & 0xC0 == 0x80 { end += 1 }
            var name = Array(piece[start..<end])
            if start > 0 { name = prefix + name }
            if end == piece.count { name += suffix }
            if let id = vocabulary.id(of: name) {
                if let length = unknown, let unknownToken { add(unknownToken, length) }
                unknown = nil
                add(id, end - start)
            } else if options.usesByteFallback, name.allSatisfy({ byteTokens[Int($0)] >= 0 }) {
                // As in Hugging Face's library, an unknown neighbour comes later.
                for byte in name { add(byteTokens[Int(byte)], 1) }
            } else if let unknownToken {
                if let length = unknown, !options.fusesUnknown {
                    add(unknownToken, length)
                    unknown = end - start
                } else {
                    unknown = (unknown ?? 0) + end - start
                }
            }
            start = end
        }
        if let length = unknown, let unknownToken { add(unknownToken, length) }
        return tokens
    }

    /// Merges neighbours, the merge of lowest rank first and the leftmost of several.
    private func merged(_ tokens: [ModelToken]) -> [ModelToken] {
        guard tokens.count > 1 else { return tokens }
        var tokens = tokens
        var next = Array(1...tokens.count)
        var previous = Array(-1..<tokens.count - 1)
        var queue = PairQueue()
        let count = tokens.count
        func enter(_ left: Int, _ right: Int, _ tokens: [ModelToken], _ queue: inout PairQueue) {
            guard left >= 0, right < count else { return }
            let rank = table.rank(tokens[left].id, tokens[right].id)
            if rank != MergeTable.none {
                queue.push(
                    .init(
                        rank: rank, place: UInt32(left), left: tokens[left].id,
                        right: tokens[right].id))
            }
        }
        for index in 0..<count - 1 { enter(index, index + 1, tokens, &queue) }
        while let pair = queue.pop() {
            let left = Int(pair.place)
            let right = next[left]
            // The pair may have changed or gone since it was entered.
            guard right < count, tokens[left].id == pair.left, tokens[right].id == pair.right
            else { continue }
            let range = tokens[left].range.lowerBound..<tokens[right].range.upperBound
            tokens[left] = ModelToken(id: merges[Int(pair.rank)].made, range: range)
            tokens[right].id = -1
            next[left] = next[right]
            if next[left] < count { previous[next[left]] = left }
            enter(previous[left], left, tokens, &queue)
            enter(left, next[left], tokens, &queue)
        }
        return tokens.filter { $0.id >= 0 }
    }

    func write(to writer: inout JSONWriter) {
        vocabulary.write(to: &writer)
        writer.raw(",\n    \"merges\": [")
        for (rank, merge) in merges.enumerated() {
            writer.raw(rank == 0 ? "\n      [" : ",\n      [")
            writer.string(String(decoding: vocabulary.name(of: merge.left) ?? [], as: UTF8.self))
            writer.raw(", ")
            writer.string(String(decoding: vocabulary.name(of: merge.right) ?? [], as: UTF8.self))
            writer.raw("]")
        }
        writer.raw("\n    ]")
    }
}

/// Pairs of neighbours that merge, the one of lowest rank first, then the leftmost.
private struct PairQueue {
    struct Pair {
        var rank: UInt32
        var place: UInt32
        var left, right: Int32

        var key: UInt64 { UInt64(rank) << 32 | UInt64(place) }
    }

    private var heap: [Pair] = []

    mutating func push(_ pair: Pair) {
        var index = heap.count
        heap.append(pair)
        while index > 0 {
            let parent = (index - 1) / 2
            guard pair.key < heap[parent].key else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = pair
    }

    mutating func pop() -> Pair? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        var index = 0
        while true {
            var child = index * 2 + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].key < heap[child].key { child += 1 }
            guard heap[child].key < last.key else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = last
        return first
    }
}
