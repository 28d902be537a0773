/// Unigram pieces (Kudo 2018) as Hugging Face chooses them: sums of double precision, and neighbours
/// that are unknown are one token.
struct UnigramModel: TokenModel {
    let vocabulary: TokenVocabulary
    let scores: [Double]
    /// The scores as they are spelled in the file, so that they are written with the same digits.
    let spelledScores: [String]
    let unknownToken: Int32?
    let usesByteFallback: Bool
    private let trie: PieceTrie
    private let byteTokens: [Int32]
    private let unknownScore: Double

    private static let unknownPenalty = 10.0

    init(
        names: [[UInt8]], scores: [Double], spelledScores: [String], unknownToken: Int32?,
        usesByteFallback: Bool
    ) {
        // Of several tokens with one name the last counts, as in Hugging Face's library.
        let last = Dictionary(names.enumerated().map { ($1, Int32($0)) }) { _, last in last }
        vocabulary = TokenVocabulary(names: names) { last[names[Int($0)]] == $0 }
        self.scores = scores
        self.spelledScores = spelledScores
        self.unknownToken = unknownToken
        self.usesByteFallback = usesByteFallback
        var bytes: [UInt8] = []
        var offsets: [UInt32] = [0]
        for name in names {
            bytes.append(contentsOf: name)
            offsets.append(UInt32(bytes.count))
        }
        trie = PieceTrie(PieceArena(bytes: bytes, offsets: offsets)) {
            last[names[Int($0)]] == $0
        }
        byteTokens = usesByteFallback ? vocabulary.byteTokens : []
        unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
    }

    var members: [(name: String, value: PartValue)] {
        [
            ("type", .text("Unigram")),
            ("unk_id", unknownToken.map { .number(Int($0)) } ?? .null),
            ("byte_fallback", .boolean(usesByteFallback)),
        ]
    }

    var unknownKeepsText: Bool { true }

    /// The best way to end at a place.
    private struct End {
        var id: Int32 = -1
        var score = 0.0
        var start = -1
    }

    func encode(_ piece: [UInt8]) throws(TokenizerError) -> [ModelToken] {
        let ends = self.ends(of: piece)
        var stretches: [(range: Range<Int>, id: Int32)] = []
        var end = piece.count
        while end > 0 {
            let best = ends[end]
            if best.id < 0, unknownToken == nil {
                throw .unknownPiece(Array(piece[best.start..<end]))
            }
            let id = best.id < 0 ? unknownToken ?? -1 : best.id
            if id == unknownToken, let last = stretches.last, last.id == id,
                last.range.lowerBound == end
            {
                stretches[stretches.count - 1].range = best.start..<last.range.upperBound
            } else {
                stretches.append((best.start..<end, id))
            }
            end = best.start
        }
        var tokens: [ModelToken] = []
        for (range, id) in stretches.reversed() {
            guard id == unknownToken else {
                tokens.append(ModelToken(id: id, range: range))
                continue
            }
            // Unknown neighbours may be a token together.
            let text = Array(piece[range])
            if let whole = vocabulary.id(of: text) {
                tokens.append(ModelToken(id: whole, range: range))
            } else if usesByteFallback, text.allSatisfy({ byteTokens[Int($0)] >= 0 }) {
                tokens += text.map { ModelToken(id: byteTokens[Int($0)], range: range) }
            } else {
                tokens.append(ModelToken(id: id, range: range))
            }
        }
        return tokens
    }

    private func ends(of piece: [UInt8]) -> [End] {
        var ends = [End](repeating: End(), count: piece.count + 1)
        piece.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var start = 0
            while start < buffer.count {
                let before = ends[start].score
                let length = characterLength(base, start, buffer.count)
                var hasCharacter = false
                trie.forEachPiece(at: start, in: base, buffer.count) { end, id in
                    let score = scores[Int(id)] + before
                    if ends[end].start < 0 || score > ends[end].score {
                        ends[end] = End(id: id, score: score, start: start)
                    }
                    if end - start == length { hasCharacter = true }
                    return true
                }
                if !hasCharacter {
                    let end = start + length
                    let score = unknownScore + before
                    if ends[end].start < 0 || score > ends[end].score {
                        ends[end] = End(id: unknownToken ?? -1, score: score, start: start)
                    }
                }
                start += length
            }
        }
        return ends
    }

    func write(to writer: inout JSONWriter) {
        writer.raw("    \"vocab\": [")
        for id in 0..<Int32(vocabulary.count) {
            writer.raw(id == 0 ? "\n      [" : ",\n      [")
            writer.string(String(decoding: vocabulary.name(of: id) ?? [], as: UTF8.self))
            writer.raw(", \(spelledScores[Int(id)])]")
        }
        writer.raw("\n    ]")
    }
}
