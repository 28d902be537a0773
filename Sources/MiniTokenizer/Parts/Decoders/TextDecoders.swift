/// Replaces what a pattern matches in each token.
struct ReplaceDecoder: TokenDecoder {
    static let typeName = "Replace"

    private let pattern: TextPattern
    private let content: String

    /// Replaces a text by another one.
    init(_ text: String, with content: String) {
        pattern = TextPattern(text: text)
        self.content = content
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        pattern = try TextPattern(members)
        content = try members.text("content")
    }

    var members: [(name: String, value: PartValue)] {
        [("pattern", pattern.value), ("content", .text(content))]
    }

    var reach: DecodingReach { .tokensBefore }

    func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
        let content = Array(content.utf8)
        return pieces.map { piece in
            var result: [UInt8] = []
            // A pattern that gives up on a token leaves it as it is: decoding never fails.
            let matches = (try? pattern.matches(in: piece)) ?? [(piece.indices, false)]
            for (range, isMatch) in matches {
                result.append(contentsOf: isMatch ? content[...] : piece[range])
            }
            return result
        }
    }
}

/// Leaves a character out at the ends of each token, as often as it is told at most.
struct StripDecoder: TokenDecoder {
    static let typeName = "Strip"

    /// The character that is left out.
    var character: Unicode.Scalar
    /// How many are left out at the start of each token, at most.
    var atStart: Int
    /// How many are left out at the end of each token, at most.
    var atEnd: Int

    /// Leaves a character out at the ends of tokens.
    init(_ character: Unicode.Scalar, atStart: Int = 0, atEnd: Int = 0) {
        self.character = character
        self.atStart = atStart
        self.atEnd = atEnd
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        character = try members.character("content")
        atStart = try members.count("start")
        atEnd = try members.count("stop")
    }

    var members: [(name: String, value: PartValue)] {
        [
            ("content", .text(String(character))), ("start", .number(atStart)),
            ("stop", .number(atEnd)),
        ]
    }

    var reach: DecodingReach { atEnd == 0 ? .tokensBefore : .wholeText }

    func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
        let content = Array(String(character).utf8)
        return pieces.map { piece in
            var piece = piece[...]
            var count = 0
            while count < atStart, piece.starts(with: content) {
                piece = piece.dropFirst(content.count)
                count += 1
            }
            count = 0
            while count < atEnd, piece.suffix(content.count).elementsEqual(content) {
                piece = piece.dropLast(content.count)
                count += 1
            }
            return Array(piece)
        }
    }
}

/// Decoders one after the other.
struct DecoderSequence: TokenDecoder {
    static let typeName = "Sequence"

    /// The decoders, in the order in which they are applied.
    var parts: [any TokenDecoder]

    /// Applies decoders one after the other.
    init(_ parts: [any TokenDecoder]) { self.parts = parts }

    init(_ members: PartMembers) throws(TokenizerError) {
        parts = try members.parts("decoders", \.decoders)
    }

    var members: [(name: String, value: PartValue)] { [("decoders", .parts(parts))] }

    /// What sees the joined text may change any of it, but for what only strips its start.
    var reach: DecodingReach {
        var reach = DecodingReach.tokensBefore
        var isJoined = false
        for part in parts {
            reach = max(reach, part.reach)
            if isJoined, !(part is FuseDecoder), !(part is StripDecoder) { return .wholeText }
            isJoined = isJoined || part.joinsPieces
        }
        return reach
    }

    var joinsPieces: Bool { parts.contains(where: \.joinsPieces) }

    func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
        var pieces = pieces
        for part in parts { pieces = part.decode(pieces) }
        return pieces
    }
}

extension [UInt8] {
    /// The bytes with every occurrence of some by others, from the left.
    func replacing(_ text: [UInt8], with replacement: [UInt8]) -> [UInt8] {
        guard let first = text.first else { return self }
        var result: [UInt8] = []
        var (start, index) = (0, 0)
        while index + text.count <= count {
            guard self[index] == first, self[index...].starts(with: text) else {
                index += 1
                continue
            }
            result.append(contentsOf: self[start..<index])
            result.append(contentsOf: replacement)
            index += text.count
            start = index
        }
        guard start > 0 else { return self }
        return result + self[start...]
    }
}
