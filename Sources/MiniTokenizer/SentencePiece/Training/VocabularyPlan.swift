/// The checked options of a training: which symbols get which ids, and how text is prepared.
struct VocabularyPlan {
    /// The pieces that are not learned, by id.
    let symbols: [Int: (piece: String, kind: PieceKind)]
    let rules: PieceRules
    private let options: SentencePieceTrainer

    init(_ options: SentencePieceTrainer) throws(TokenizerError) {
        self.options = options
        try Self.checkRanges(options)
        symbols = try Self.symbols(options)
        rules = PieceRules(
            longestPiece: options.longestPiece, splitsByScript: options.splitsByUnicodeScript,
            splitsNumbersFromText: options.splitsByNumber, splitsDigits: options.splitsDigits,
            splitsByWhitespace: options.splitsByWhitespace,
            whitespaceIsSuffix: options.treatsWhitespaceAsSuffix,
            allowsWhitespaceOnly: options.allowsWhitespaceOnlyPieces)
    }

    private static func checkRanges(_ options: SentencePieceTrainer) throws(TokenizerError) {
        func check(_ isGood: Bool, _ option: String, _ reason: String) throws(TokenizerError) {
            if !isGood { throw .invalidOption(option: option, reason: reason) }
        }
        try check(
            options.vocabularySize > 0
                && options.vocabularySize <= TokenizerLimits.vocabularySize,
            "vocabularySize",
            "\(options.vocabularySize) is not in 1...\(TokenizerLimits.vocabularySize).")
        try check(
            options.characterCoverage >= 0.98 && options.characterCoverage <= 1,
            "characterCoverage", "\(options.characterCoverage) is not in 0.98...1.")
        let longest = 512
        try check(
            (1...longest).contains(options.longestPiece), "longestPiece",
            "\(options.longestPiece) is not in 1...\(longest).")
        try check(
            (10...1 << 30).contains(options.longestLine), "longestLine",
            "\(options.longestLine) is not in 10...\(1 << 30).")
    }

    private static func symbols(
        _ options: SentencePieceTrainer
    ) throws(TokenizerError) -> [Int: (piece: String, kind: PieceKind)] {
        var byID: [Int: (piece: String, kind: PieceKind)] = [:]
        var names = Set<[UInt8]>()
        func use(_ name: String, _ option: String) throws(TokenizerError) {
            let bytes = Array(name.utf8)
            guard !bytes.isEmpty, bytes.count <= TokenizerLimits.tokenLength, !bytes.contains(0)
            else {
                throw .invalidOption(
                    option: option,
                    reason: "\(name.debugDescription) must have 1 to "
                        + "\(TokenizerLimits.tokenLength) bytes and no U+0000.")
            }
            guard names.insert(bytes).inserted else {
                throw .invalidOption(
                    option: option, reason: "\(name.debugDescription) is there already.")
            }
        }
        let special: [(id: Int?, name: String, kind: PieceKind, option: String)] = [
            (options.unknownID, "<unk>", .unknown, "unknownID"),
            (options.beginID, "<s>", .control, "beginID"),
            (options.endID, "</s>", .control, "endID"),
            (options.paddingID, "<pad>", .control, "paddingID"),
        ]
        for (id, name, kind, option) in special {
            guard let id else { continue }
            guard (0..<options.vocabularySize).contains(id), byID[id] == nil else {
                throw .invalidOption(
                    option: option,
                    reason: "\(id) is taken or not in 0..<\(options.vocabularySize).")
            }
            try use(name, option)
            byID[id] = (name, kind)
        }
        var next = 0
        func add(_ name: String, _ kind: PieceKind, _ option: String) throws(TokenizerError) {
            try use(name, option)
            while byID[next] != nil { next += 1 }
            byID[next] = (name, kind)
        }
        for name in options.controlSymbols { try add(name, .control, "controlSymbols") }
        for name in options.userDefinedSymbols { try add(name, .userDefined, "userDefinedSymbols") }
        if options.usesByteFallback {
            for byte in 0..<256 {
                let digits = String(byte, radix: 16, uppercase: true)
                try add("<0x\(byte < 16 ? "0" : "")\(digits)>", .byte, "usesByteFallback")
            }
        }
        guard byID.count <= options.vocabularySize else {
            throw .invalidOption(
                option: "vocabularySize",
                reason: "\(options.vocabularySize) is less than the \(byID.count) symbols.")
        }
        return byID
    }

    private var normalization: SentencePieceSettings.Normalization {
        var normalization = SentencePieceSettings.Normalization()
        normalization.name = options.normalization.name
        normalization.characterMap = options.normalization.characterMap
        normalization.addsDummyPrefix = options.addsDummyPrefix
        normalization.removesExtraWhitespace = options.removesExtraWhitespace
        return normalization
    }

    /// An empty collection of words.
    func words() throws(TokenizerError) -> TrainingWords {
        let normalizer = try SentencePieceNormalizer(
            normalization, userDefined: nil, whitespaceIsSuffix: options.treatsWhitespaceAsSuffix,
            file: "options", entry: "normalization")
        var bytes: [UInt8] = []
        var offsets: [UInt32] = [0]
        for symbol in symbols.values {
            bytes.append(contentsOf: symbol.piece.utf8)
            offsets.append(UInt32(bytes.count))
        }
        let arena = PieceArena(bytes: bytes, offsets: offsets)
        return TrainingWords(
            normalizer, symbols: PieceTrie(arena) { _ in true }, rules: rules,
            longestLine: options.longestLine)
    }

    /// The characters that become pieces, most frequent first, then by code point.
    func alphabet(of words: [(word: [UInt32], count: Int)]) -> [UInt32] {
        var counts: [UInt32: Int] = [:]
        var total = 0
        for (word, count) in words {
            for scalar in word where scalar != 0 {
                counts[scalar, default: 0] += count
                total += count
            }
        }
        var alphabet: [UInt32] = []
        var covered = 0
        let sorted = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        for (scalar, count) in sorted {
            // In single precision, as the reference compares.
            if Float(Double(covered) / Double(total)) >= options.characterCoverage { break }
            covered += count
            if scalar != PieceRules.boundary { alphabet.append(scalar) }
        }
        return alphabet
    }

    /// The tokenizer of the learned pieces: their scores fall by one from piece to piece.
    func tokenizer(pieces learned: [String]) throws(TokenizerError) -> SentencePieceTokenizer {
        var bytes: [UInt8] = []
        var offsets: [UInt32] = [0]
        var scores: [Float] = []
        var kinds: [PieceKind] = []
        var next = 0
        for id in 0..<options.vocabularySize {
            if let symbol = symbols[id] {
                bytes.append(contentsOf: symbol.piece.utf8)
                scores.append(0)
                kinds.append(symbol.kind)
            } else if next < learned.count {
                bytes.append(contentsOf: learned[next].utf8)
                scores.append(-Float(next))
                kinds.append(.normal)
                next += 1
            } else if symbols.keys.contains(where: { $0 > id }) {
                throw .invalidOption(
                    option: "vocabularySize",
                    reason: "There are too few pieces to reach the special ids.")
            } else {
                break
            }
            offsets.append(UInt32(bytes.count))
        }
        return try SentencePieceTokenizer(
            bytes: bytes, offsets: offsets, scores: scores, kinds: kinds, settings: settings,
            file: "training")
    }

    private var settings: SentencePieceSettings {
        // The model remembers its options; whom training reports to is none of them.
        var options = options
        options.progress = nil
        options.isCancelled = { false }
        var settings = SentencePieceSettings(
            algorithm: .bytePair, normalization: normalization, origin: .training(options))
        settings.whitespaceIsSuffix = options.treatsWhitespaceAsSuffix
        settings.usesByteFallback = options.usesByteFallback
        return settings
    }
}
