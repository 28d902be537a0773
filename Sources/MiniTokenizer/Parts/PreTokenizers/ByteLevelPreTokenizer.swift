/// GPT-2's pieces, in which every byte is written as a character.
struct ByteLevelPreTokenizer: PreTokenizer {
    static let typeName = "ByteLevel"

    /// Whether a blank goes in front of a piece that begins with none.
    var addsPrefixSpace: Bool
    /// Whether the place of a token begins after its blank. Only a post-processor looks at it.
    var trimsOffsets: Bool
    /// Whether GPT-2's rule cuts the text, or somebody else did.
    var usesRule: Bool

    /// The bytes of pieces as characters.
    init(addsPrefixSpace: Bool = false, usesRule: Bool = true) {
        self.addsPrefixSpace = addsPrefixSpace
        trimsOffsets = true
        self.usesRule = usesRule
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        addsPrefixSpace = try members.boolean("add_prefix_space", default: true)
        trimsOffsets = try members.boolean("trim_offsets", default: true)
        usesRule = try members.boolean("use_regex", default: true)
    }

    var members: [(name: String, value: PartValue)] {
        [
            ("add_prefix_space", .boolean(addsPrefixSpace)),
            ("trim_offsets", .boolean(trimsOffsets)), ("use_regex", .boolean(usesRule)),
        ]
    }

    func split(_ piece: NormalizedText) -> [NormalizedText] {
        var piece = piece
        if addsPrefixSpace, piece.bytes.first != 0x20 { piece.prepend(" ") }
        var pieces = [piece]
        if usesRule {
            let scanner = GPT2Scanner()
            var ranges: [Range<Int>] = []
            piece.bytes.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                var start = 0
                while start < buffer.count {
                    let end = scanner.end(ofPieceAt: start, in: base, count: buffer.count)
                    ranges.append(start..<end)
                    start = end
                }
            }
            pieces = ranges.map { piece.slice($0) }
        }
        for index in pieces.indices { Self.write(&pieces[index]) }
        return pieces
    }

    /// Writes each byte as its character of ``ByteAlphabet``.
    private static func write(_ piece: inout NormalizedText) {
        var characters: [(scalar: Unicode.Scalar, change: Int)] = []
        characters.reserveCapacity(piece.bytes.count)
        piece.forEachScalar { _, range in
            for index in range {
                let value = ByteAlphabet.scalarOfByte[Int(piece.bytes[index])]
                characters.append(
                    (Unicode.Scalar(value)!, index == range.lowerBound ? 0 : 1))
            }
        }
        piece.transform(characters)
    }
}
