/// Encoding in which a text is cut without looking at the vocabulary: into characters or words, each of
/// which is a piece or unknown.
struct WholePieceEncoder {
    private let vocabulary: PieceVocabulary

    init(_ vocabulary: PieceVocabulary) { self.vocabulary = vocabulary }

    /// The characters and user-defined symbols of a normalised text.
    func characters(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> [EncodedPiece] {
        var pieces: [EncodedPiece] = []
        var start = 0
        while start < count {
            var length = vocabulary.userDefined?.longestMatch(at: start, in: bytes, count) ?? 0
            if length == 0 { length = characterLength(bytes, start, count) }
            pieces.append(piece(bytes, start, start + length))
            start += length
        }
        return pieces
    }

    /// The words of a normalised text: each space mark begins one.
    func words(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> [EncodedPiece] {
        var pieces: [EncodedPiece] = []
        let mark = PieceVocabulary.spaceMark
        var start = 0
        while start < count {
            var end = start + characterLength(bytes, start, count)
            while end < count {
                let isMark =
                    bytes[end] == mark[0] && end + 2 < count && bytes[end + 1] == mark[1]
                    && bytes[end + 2] == mark[2]
                if isMark { break }
                end += characterLength(bytes, end, count)
            }
            pieces.append(piece(bytes, start, end))
            start = end
        }
        return pieces
    }

    /// Names of control pieces count too: a word may be spelled like one.
    private func piece(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> EncodedPiece {
        let reserved = vocabulary.reserved.find(bytes + start, end - start)
        let id = reserved >= 0 ? reserved : vocabulary.table.find(bytes + start, end - start)
        return EncodedPiece(start: start, end: end, id: id >= 0 ? id : vocabulary.unknown)
    }
}
