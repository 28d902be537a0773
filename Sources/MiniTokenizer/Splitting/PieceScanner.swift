/// Finds the end of one piece: a splitting rule without a regular-expression engine.
///
/// `end(ofPieceAt:in:count:)` is called with `start < count` and returns a value in
/// `start + 1 ... count`. The rules have no memory: what came before `start` does not matter.
protocol PieceScanner {
    func end(ofPieceAt start: Int, in bytes: UnsafePointer<UInt8>, count: Int) -> Int
}

extension UnicodeClasses {
    /// The end of the run of characters of one class that begins at `start`.
    @inline(__always)
    func endOfRun(
        of kind: UInt8, from start: Int, in bytes: UnsafePointer<UInt8>, count: Int
    ) -> Int {
        var index = start
        while index < count {
            let character = character(at: index, in: bytes, end: count)
            if character.kind != kind { break }
            index += character.length
        }
        return index
    }
}

/// GPT-2's rule, ``SplittingRule/gpt2``.
struct GPT2Scanner: PieceScanner {
    let classes = UnicodeClasses.shared

    @inline(__always)
    func end(ofPieceAt start: Int, in bytes: UnsafePointer<UInt8>, count: Int) -> Int {
        var index = start
        let first = bytes[start]
        if first == 0x20, start + 1 < count {
            let next = classes.character(at: start + 1, in: bytes, end: count)
            if next.kind != ScalarClass.space {
                return classes.endOfRun(
                    of: next.kind, from: start + 1 + next.length, in: bytes, count: count)
            }
        } else if first == 0x27 {
            let length = Self.contractionLength(at: start, in: bytes, count: count)
            if length > 0 { return start + length }
        }
        let character = classes.character(at: start, in: bytes, end: count)
        index += character.length
        if character.kind != ScalarClass.space {
            return classes.endOfRun(of: character.kind, from: index, in: bytes, count: count)
        }
        return Self.endOfSpaces(
            start: start, firstLength: character.length, classes, in: bytes, count: count)
    }

    /// `\s+(?!\S)|\s+`: a run of white space leaves its last character to what follows.
    @inline(__always)
    static func endOfSpaces(
        start: Int, firstLength: Int, _ classes: UnicodeClasses,
        in bytes: UnsafePointer<UInt8>, count: Int
    ) -> Int {
        var index = start + firstLength
        var last = start
        while index < count {
            let character = classes.character(at: index, in: bytes, end: count)
            guard character.kind == ScalarClass.space else {
                return last == start ? index : last
            }
            last = index
            index += character.length
        }
        return index
    }

    /// The length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at `start`, or 0.
    @inline(__always)
    static func contractionLength(
        at start: Int, in bytes: UnsafePointer<UInt8>, count: Int
    ) -> Int {
        guard start + 1 < count else { return 0 }
        let second = bytes[start + 1]
        switch second {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
            return 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"):
            return start + 2 < count && bytes[start + 2] == UInt8(ascii: "e") ? 3 : 0
        case UInt8(ascii: "l"):
            return start + 2 < count && bytes[start + 2] == UInt8(ascii: "l") ? 3 : 0
        default:
            return 0
        }
    }
}

/// GPT-4's rules, ``SplittingRule/gpt4`` and ``SplittingRule/gpt4Original(maximumDigits:)``.
struct GPT4Scanner: PieceScanner {
    let classes = UnicodeClasses.shared
    let maximumDigits: Int
    /// Whether white space up to the end of the text is one piece (`\s++$` in the pattern).
    let keepsTrailingSpaceWhole: Bool

    @inline(__always)
    func end(ofPieceAt start: Int, in bytes: UnsafePointer<UInt8>, count: Int) -> Int {
        let first = bytes[start]
        if first == 0x27 {
            let length = Self.contractionLength(at: start, in: bytes, count: count)
            if length > 0 { return start + length }
        }
        let character = classes.character(at: start, in: bytes, end: count)
        var index = start + character.length
        switch character.kind {
        case ScalarClass.letter:
            return classes.endOfRun(of: ScalarClass.letter, from: index, in: bytes, count: count)
        case ScalarClass.number:
            var digits = 1
            while digits < maximumDigits, index < count {
                let next = classes.character(at: index, in: bytes, end: count)
                guard next.kind == ScalarClass.number else { break }
                index += next.length
                digits += 1
            }
            return index
        default:
            break
        }
        // One character that is neither letter, number nor line end joins the letters after it.
        let isLineEnd = first == 0x0A || first == 0x0D
        if !isLineEnd, index < count {
            let next = classes.character(at: index, in: bytes, end: count)
            if next.kind == ScalarClass.letter {
                return classes.endOfRun(
                    of: ScalarClass.letter, from: index + next.length, in: bytes, count: count)
            }
            if first == 0x20, next.kind == ScalarClass.other {
                return endOfSymbols(from: index + next.length, in: bytes, count: count)
            }
        }
        if character.kind == ScalarClass.other {
            return endOfSymbols(from: index, in: bytes, count: count)
        }
        return endOfSpaces(start: start, firstLength: character.length, in: bytes, count: count)
    }

    /// `[^\s\p{L}\p{N}]*[\r\n]*`, the rest of a piece of symbols.
    @inline(__always)
    private func endOfSymbols(
        from start: Int, in bytes: UnsafePointer<UInt8>, count: Int
    ) -> Int {
        var index = classes.endOfRun(of: ScalarClass.other, from: start, in: bytes, count: count)
        while index < count, bytes[index] == 0x0A || bytes[index] == 0x0D { index += 1 }
        return index
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line end of the run, else as in GPT-2's rule.
    @inline(__always)
    private func endOfSpaces(
        start: Int, firstLength: Int, in bytes: UnsafePointer<UInt8>, count: Int
    ) -> Int {
        var index = start + firstLength
        var last = start
        var afterLineEnd = bytes[start] == 0x0A || bytes[start] == 0x0D ? index : 0
        while index < count {
            let character = classes.character(at: index, in: bytes, end: count)
            guard character.kind == ScalarClass.space else { break }
            last = index
            index += character.length
            if bytes[last] == 0x0A || bytes[last] == 0x0D { afterLineEnd = index }
        }
        if index == count, keepsTrailingSpaceWhole || afterLineEnd == 0 { return count }
        if afterLineEnd > 0 { return afterLineEnd }
        return last == start ? index : last
    }

    /// The length of a contraction in any case at `start`, or 0.
    ///
    /// Case-insensitive matching follows Unicode's simple case folding, under which `ſ`
    /// (U+017F, `C5 BF`) is an `s`.
    @inline(__always)
    static func contractionLength(
        at start: Int, in bytes: UnsafePointer<UInt8>, count: Int
    ) -> Int {
        guard start + 1 < count else { return 0 }
        let third = start + 2 < count ? bytes[start + 2] : 0
        switch bytes[start + 1] | 0x20 {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
            return 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"):
            return third | 0x20 == UInt8(ascii: "e") ? 3 : 0
        case UInt8(ascii: "l"):
            return third | 0x20 == UInt8(ascii: "l") ? 3 : 0
        case 0xE5:  // 0xC5 with the case bit set
            return bytes[start + 1] == 0xC5 && third == 0xBF ? 3 : 0
        default:
            return 0
        }
    }
}

/// ``SplittingRule/digits(individually:)``.
struct DigitScanner: PieceScanner {
    let classes = UnicodeClasses.shared
    let individually: Bool

    @inline(__always)
    func end(ofPieceAt start: Int, in bytes: UnsafePointer<UInt8>, count: Int) -> Int {
        let character = classes.character(at: start, in: bytes, end: count)
        var index = start + character.length
        let isNumber = character.kind == ScalarClass.number
        if isNumber, individually { return index }
        while index < count {
            let next = classes.character(at: index, in: bytes, end: count)
            guard (next.kind == ScalarClass.number) == isNumber else { break }
            index += next.length
        }
        return index
    }
}
