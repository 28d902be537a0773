/// What a piece is for.
public enum PieceKind: UInt8, Hashable, Sendable {
    /// A piece of text.
    case normal = 1
    /// What the vocabulary cannot express.
    case unknown = 2
    /// A marker that no text becomes, such as `</s>`.
    case control = 3
    /// Text that is always one piece.
    case userDefined = 4
    /// In the vocabulary, but never the result of encoding.
    case unused = 5
    /// One byte of a character that the vocabulary cannot express, written `<0xE2>`.
    case byte = 6
}

/// The pieces of a model with their scores and kinds, checked.
final class PieceVocabulary: Sendable {
    static let spaceMark: [UInt8] = [0xE2, 0x96, 0x81]

    let scores: [Float]
    let kinds: [PieceKind]
    /// All pieces; found are those that text can become: normal, user-defined and unused ones.
    let table: PieceTable
    /// The others: unknown, control and byte pieces.
    let reserved: PieceTable
    /// The piece for what cannot be expressed, or -1.
    let unknown: Int32
    /// The piece of each byte; empty without byte fallback.
    let ofByte: [Int32]
    let userDefined: PieceTrie?
    /// Whether a space mark stands inside a piece.
    let hasInnerSpace: Bool
    let hasUnused: Bool

    var count: Int { kinds.count }

    /// - Parameter separatesReserved: whether a reserved piece may have the name of another one,
    ///   which is so in unigram models.
    init(
        pieces: PieceArena, scores: [Float], kinds: [PieceKind],
        byteFallback: Bool, separatesReserved: Bool, file: String
    ) throws(TokenizerError) {
        self.scores = scores
        self.kinds = kinds
        func isReserved(_ id: Int32) -> Bool {
            let kind = kinds[Int(id)]
            return kind == .unknown || kind == .control || kind == .byte
        }
        func isNull(_ id: Int32) -> Bool {
            pieces.range(of: id).count == 1 && pieces.piece(id)[0] == 0
        }
        let table = PieceTable(pieces) { !isReserved($0) && !isNull($0) }
        let reserved = PieceTable(pieces) { isReserved($0) }
        var check = PieceCheck(file: file, byteFallback: byteFallback)
        for id in 0..<Int32(kinds.count) {
            let piece = table.piece(id)
            if isNull(id), kinds[Int(id)] == .unused { continue }
            let inTable = table.find(piece.baseAddress!, piece.count)
            let inReserved = reserved.find(piece.baseAddress!, piece.count)
            let first = isReserved(id) ? inReserved : inTable
            let other = isReserved(id) ? inTable : inReserved
            guard first == id, separatesReserved || other < 0 || other > id else {
                throw check.failure(id, piece, "It appears twice.")
            }
            try check.add(id, piece, kinds[Int(id)])
        }
        try check.finish()
        self.table = table
        self.reserved = reserved
        unknown = check.unknown
        ofByte = byteFallback ? check.ofByte : []
        hasInnerSpace = check.hasInnerSpace
        hasUnused = kinds.contains(.unused)
        userDefined =
            kinds.contains(.userDefined)
            ? PieceTrie(table.arena) { kinds[Int($0)] == .userDefined } : nil
    }

    /// The id of a piece by its name, as it stands in the file.
    func id(of piece: some Collection<UInt8>) -> Int32? {
        reserved.find(piece) ?? table.find(piece)
    }

    /// The byte that `<0x…>` names.
    static func byte(_ piece: UnsafeBufferPointer<UInt8>) -> UInt8? {
        guard piece.count == 6, piece.starts(with: "<0x".utf8), piece[5] == UInt8(ascii: ">")
        else { return nil }
        var value: UInt8 = 0
        for digit in piece[3..<5] {
            switch digit {
            case 0x30...0x39: value = value << 4 | (digit - 0x30)
            case 0x41...0x46: value = value << 4 | (digit - 0x41 + 10)
            default: return nil
            }
        }
        return value
    }
}

/// What the pieces of a model must fulfil, as in the reference's loader.
private struct PieceCheck {
    let file: String
    let byteFallback: Bool
    var unknown: Int32 = -1
    var ofByte = [Int32](repeating: -1, count: 256)
    var hasInnerSpace = false

    func failure(
        _ id: Int32, _ piece: UnsafeBufferPointer<UInt8>, _ reason: String
    ) -> TokenizerError {
        let name = String(decoding: piece, as: UTF8.self).debugDescription
        return .malformedFile(
            file: file, entry: "piece \(id) \(name)", reason: reason, byteOffset: nil)
    }

    mutating func add(
        _ id: Int32, _ piece: UnsafeBufferPointer<UInt8>, _ kind: PieceKind
    ) throws(TokenizerError) {
        if piece.contains(0) { throw failure(id, piece, "A piece must not contain U+0000.") }
        switch kind {
        case .unknown:
            guard unknown < 0 else {
                throw failure(id, piece, "Piece \(unknown) is unknown text already.")
            }
            unknown = id
        case .byte:
            guard byteFallback else {
                throw failure(id, piece, "It is a byte, but byte_fallback is off.")
            }
            guard let byte = PieceVocabulary.byte(piece) else {
                throw failure(id, piece, "A byte piece is written <0x00> to <0xFF>.")
            }
            ofByte[Int(byte)] = id
        case .control: break
        case .normal, .userDefined, .unused:
            if !hasInnerSpace { hasInnerSpace = Self.hasInnerSpace(piece) }
        }
    }

    private static func hasInnerSpace(_ piece: UnsafeBufferPointer<UInt8>) -> Bool {
        let mark = PieceVocabulary.spaceMark
        var index = piece.starts(with: mark) ? mark.count : 0
        while index + mark.count <= piece.count {
            if piece[index...].starts(with: mark) { return true }
            index += 1
        }
        return false
    }

    func finish() throws(TokenizerError) {
        if byteFallback, let byte = ofByte.firstIndex(of: -1) {
            throw .malformedFile(
                file: file, entry: "pieces",
                reason: "byte_fallback is on, but byte \(byte) has no piece.", byteOffset: nil)
        }
        if unknown < 0, !byteFallback {
            throw .malformedFile(
                file: file, entry: "pieces", reason: "No piece stands for unknown text.",
                byteOffset: nil)
        }
    }
}
