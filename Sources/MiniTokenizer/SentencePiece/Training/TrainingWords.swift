/// Collects the words of training text: lines are normalised, symbols masked, and cut at spaces.
struct TrainingWords: ~Copyable {
    private let normalizer: SentencePieceNormalizer
    private let symbols: PieceTrie?
    private let rules: PieceRules
    private let longestLine: Int
    private var counter = WordCounter()
    private(set) var skippedLines = 0

    init(
        _ normalizer: SentencePieceNormalizer, symbols: PieceTrie?, rules: PieceRules,
        longestLine: Int
    ) {
        self.normalizer = normalizer
        self.symbols = symbols
        self.rules = rules
        self.longestLine = longestLine
    }

    /// Adds the lines of a text; only a line feed ends a line.
    mutating func addLines(of bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return }
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            addLine(base + start, end - start)
            start = end + 1
        }
    }

    private mutating func addLine(_ line: UnsafePointer<UInt8>, _ count: Int) {
        guard count > 0 else { return }
        guard count <= longestLine, !Self.hasUnknownMark(line, count) else {
            skippedLines += 1
            return
        }
        var bytes = normalizer.normalize(line, count).bytes
        if let symbols { bytes = Self.masked(bytes, symbols) }
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            addWords(base, buffer.count)
        }
    }

    /// U+2585 is reserved: it marks unknown characters during training.
    private static func hasUnknownMark(_ line: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        guard count >= 3 else { return false }
        for index in 0..<count - 2
        where line[index] == 0xE2 && line[index + 1] == 0x96 && line[index + 2] == 0x85 {
            return true
        }
        return false
    }

    private static func masked(_ bytes: [UInt8], _ symbols: PieceTrie) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var index = 0
            while index < buffer.count {
                var length = symbols.longestMatch(at: index, in: base, buffer.count)
                if length > 0 {
                    result.append(UInt8(PieceRules.boundary))
                } else {
                    length = characterLength(base, index, buffer.count)
                    result.append(contentsOf: buffer[index..<index + length])
                }
                index += length
            }
        }
        return result
    }

    /// The reference's `SplitIntoWords`: a space mark begins a word, or ends it as a suffix.
    private mutating func addWords(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        guard rules.splitsByWhitespace else { return add(bytes, 0, count, count) }
        var start = 0
        var index = 0
        var followsSpace = false
        while index < count {
            let length = characterLength(bytes, index, count)
            let isSpace =
                length == 3 && bytes[index] == 0xE2 && bytes[index + 1] == 0x96
                && bytes[index + 2] == 0x81
            let isCut: Bool
            if rules.whitespaceIsSuffix {
                isCut = followsSpace && !(rules.allowsWhitespaceOnly && isSpace)
            } else {
                isCut = isSpace && !(rules.allowsWhitespaceOnly && followsSpace)
            }
            if isCut, index > start {
                add(bytes, start, index, count)
                start = index
            }
            followsSpace = isSpace
            index += length
        }
        if start < count { add(bytes, start, count, count) }
    }

    private mutating func add(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ count: Int
    ) {
        counter.add(bytes, start, end, limit: count)
    }

    /// The distinct words as scalars, in a fixed order, with their counts.
    consuming func finish() -> [(word: [UInt32], count: Int)] {
        var words: [(bytes: [UInt8], count: Int)] = []
        words.reserveCapacity(counter.distinctCount)
        counter.forEach { words.append((Array($0), $1)) }
        words.sort {
            $0.count != $1.count
                ? $0.count > $1.count : $0.bytes.lexicographicallyPrecedes($1.bytes)
        }
        return words.map { entry in
            (String(decoding: entry.bytes, as: UTF8.self).unicodeScalars.map(\.value), entry.count)
        }
    }
}
