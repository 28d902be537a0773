import MiniSupport

/// What the filters of quality want to know of a text, taken in one pass.
struct TextMeasure: Equatable {
    var words = 0
    /// The characters of all words.
    var wordCharacters = 0
    /// Words with a letter.
    var lettered = 0
    /// `#` and `…` or `...`.
    var symbols = 0
    /// Lines with text.
    var lines = 0
    var bulletLines = 0
    var ellipsisLines = 0
    var repeatedLines = 0
    var bytes = 0
    var repeatedBytes = 0
    /// Characters of scripts that do not put spaces between words.
    var unspaced = 0

    init(_ text: [UInt8]) {
        var seen = Set<UInt64>()
        text.withUnsafeBufferPointer { text in
            var start = 0
            while start < text.count {
                let end = text[start...].firstIndex(of: 10) ?? text.count
                measure(text[start..<end], &seen)
                start = end + 1
            }
        }
        words += unspaced
    }

    private mutating func measure(
        _ line: Slice<UnsafeBufferPointer<UInt8>>, _ seen: inout Set<UInt64>
    ) {
        var hash = FNV1a()
        var (isInWord, hasLetter) = (false, false)
        var first: UInt8 = 0
        for byte in line {
            hash.add(byte)
            if byte <= 32 {
                if isInWord, hasLetter { lettered += 1 }
                (isInWord, hasLetter) = (false, false)
                continue
            }
            if !isInWord {
                words += 1
                isInWord = true
                if first == 0 { first = byte }
            }
            if byte & 0xC0 != 0x80 { wordCharacters += 1 }
            if byte >= 0x80 || (byte | 0x20 >= 97 && byte | 0x20 <= 122) { hasLetter = true }
            if (0xE3...0xE9).contains(byte) { unspaced += 1 }
            if byte == UInt8(ascii: "#") { symbols += 1 }
        }
        if isInWord, hasLetter { lettered += 1 }
        guard first != 0 else { return }
        lines += 1
        bytes += line.count
        let isBullet =
            first == UInt8(ascii: "-") || first == UInt8(ascii: "*") || line.startsWithBullet
        if isBullet { bulletLines += 1 }
        if line.endsWithEllipsis {
            ellipsisLines += 1
            symbols += 1
        }
        if !seen.insert(hash.value).inserted {
            repeatedLines += 1
            repeatedBytes += line.count
        }
    }

    /// Which rule the text breaks, as a word for counts and a sentence; `nil` if none.
    func problem(_ bounds: QualityBounds) -> (reason: String, detail: String)? {
        let count = Double(max(words, 1))
        func share(_ part: Int, _ whole: Int) -> Double { Double(part) / Double(max(whole, 1)) }
        func text(_ value: Double) -> String { NumberText.number((value * 1000).rounded() / 1000) }
        if words < bounds.minimumWords {
            return ("tooShort", "\(words) words, fewer than \(bounds.minimumWords)")
        }
        // Without spaces there are no words to measure.
        let isSpaced = unspaced * 3 < wordCharacters
        let mean = Double(wordCharacters) / count
        if isSpaced, mean < bounds.shortestMeanWord || mean > bounds.longestMeanWord {
            return ("wordLength", "words have \(text(mean)) characters on average")
        }
        if Double(symbols) / count > bounds.mostSymbols {
            return ("symbols", "\(symbols) # and … to \(words) words")
        }
        if isSpaced, share(lettered, words) < bounds.fewestLetters {
            return ("fewLetters", "only \(lettered) of \(words) words have a letter")
        }
        if share(bulletLines, lines) > bounds.mostBullets {
            return ("bullets", "\(bulletLines) of \(lines) lines are points of a list")
        }
        if share(ellipsisLines, lines) > bounds.mostEllipses {
            return ("ellipses", "\(ellipsisLines) of \(lines) lines end with an ellipsis")
        }
        if share(repeatedLines, lines) > bounds.mostRepeatedLines {
            return ("repeatedLines", "\(repeatedLines) of \(lines) lines are there already")
        }
        if share(repeatedBytes, bytes) > bounds.mostRepeatedBytes {
            return ("repeatedLines", "\(repeatedBytes) of \(bytes) bytes are in repeated lines")
        }
        return nil
    }
}

extension Slice where Base == UnsafeBufferPointer<UInt8> {
    /// `•` at the first character that is not a space.
    fileprivate var startsWithBullet: Bool {
        drop { $0 <= 32 }.starts(with: [0xE2, 0x80, 0xA2])
    }

    fileprivate var endsWithEllipsis: Bool {
        let end = suffix(3)
        return end.elementsEqual([0xE2, 0x80, 0xA6]) || end.elementsEqual("...".utf8)
    }
}
