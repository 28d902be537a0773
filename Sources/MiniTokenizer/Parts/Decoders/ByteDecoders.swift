/// Characters of ``ByteAlphabet`` as the bytes that they stand for.
struct ByteLevelDecoder: TokenDecoder {
    static let typeName = "ByteLevel"

    /// The decoder, which has no options.
    init() {}

    init(_ members: PartMembers) throws(TokenizerError) {}

    /// What Hugging Face writes, though its decoder looks at none of them.
    var members: [(name: String, value: PartValue)] {
        [
            ("add_prefix_space", .boolean(true)), ("trim_offsets", .boolean(true)),
            ("use_regex", .boolean(true)),
        ]
    }

    var reach: DecodingReach { .tokensBefore }

    var joinsPieces: Bool { true }

    func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
        var result: [UInt8] = []
        for piece in pieces {
            piece.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                ByteAlphabet.appendBytes(ofVisible: base, count: buffer.count, to: &result)
            }
        }
        return [result]
    }
}

/// Tokens such as `<0xE2>` as bytes. Those of a run that are no characters together read as one
/// U+FFFD each.
struct ByteFallbackDecoder: TokenDecoder {
    static let typeName = "ByteFallback"

    /// The decoder, which has no options.
    init() {}

    init(_ members: PartMembers) throws(TokenizerError) {}

    var members: [(name: String, value: PartValue)] { [] }

    var reach: DecodingReach { .tokensBefore }

    func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var run: [UInt8] = []
        func endRun() {
            guard !run.isEmpty else { return }
            if String(validating: run, as: UTF8.self) != nil {
                result.append(run)
            } else {
                result += run.map { _ in StreamingDecoder.replacement }
            }
            run = []
        }
        for piece in pieces {
            if let byte = Self.byte(piece) {
                run.append(byte)
            } else {
                endRun()
                result.append(piece)
            }
        }
        endRun()
        return result
    }

    /// The byte that a token names, if it names one.
    static func byte(_ piece: [UInt8]) -> UInt8? {
        guard piece.count == 6, piece.starts(with: "<0x".utf8), piece[5] == UInt8(ascii: ">")
        else { return nil }
        return UInt8(String(decoding: piece[3..<5], as: UTF8.self), radix: 16)
    }
}

/// All tokens as one, so that what follows sees the whole text.
struct FuseDecoder: TokenDecoder {
    static let typeName = "Fuse"

    /// The decoder, which has no options.
    init() {}

    init(_ members: PartMembers) throws(TokenizerError) {}

    var members: [(name: String, value: PartValue)] { [] }

    var reach: DecodingReach { .tokensBefore }

    var joinsPieces: Bool { true }

    func decode(_ pieces: [[UInt8]]) -> [[UInt8]] { [Array(pieces.joined())] }
}
