import Foundation

/// What was changed in texts.
struct CleaningChanges: Sendable, Codable, Equatable {
    /// Control characters, taken out.
    var controlCharacters = 0
    /// Characters that nobody sees, taken out: zero width, byte order marks, directions, soft hyphens.
    var invisibleCharacters = 0
    /// Lines put in normal form.
    var normalizedLines = 0
    /// Empty lines beyond two together, and those at the ends, taken out.
    var emptyLines = 0
    /// Bytes of white space at the ends of lines, taken out.
    var trailingSpaces = 0
    /// Entities of HTML, made characters.
    var entities = 0
    /// Marks of references, `[1]`, taken out.
    var references = 0
    /// Formulas in TeX, taken out.
    var formulas = 0
    /// Headings, made plain or taken out.
    var headings = 0

    mutating func add(_ other: Self) {
        controlCharacters += other.controlCharacters
        invisibleCharacters += other.invisibleCharacters
        normalizedLines += other.normalizedLines
        emptyLines += other.emptyLines
        trailingSpaces += other.trailingSpaces
        entities += other.entities
        references += other.references
        formulas += other.formulas
        headings += other.headings
    }
}

/// Makes one text clean, in one pass over its bytes.
///
/// Runs of ordinary bytes are copied at once. What ends a line, in any convention, becomes a line feed;
/// the rest is done line by line, when a line is complete. Indentation, and spaces and tabs within a
/// line, stay: poems, plays and programs need them.
struct TextCleaner {
    private let normalForm: NormalForm
    private let headings: HeadingStyle?
    private let isMarkup: Bool
    private let plain: [Bool]

    /// Lines without text that may stand together.
    private static let mostEmptyLines = 2

    private var output: [UInt8] = []
    private var lineStart = 0
    private var isSuspect = false
    private var emptyLines = 0
    /// Headings under which no text has come yet, with their levels.
    private var waiting: [(level: Int, line: [UInt8])] = []
    private(set) var changes = CleaningChanges()

    /// - Parameter isMarkup: whether to look for entities, marks of references, formulas and headings.
    init(_ settings: CleaningSettings, isMarkup: Bool) {
        normalForm = NormalForm(form: settings.normalization)
        headings = isMarkup ? settings.headings : nil
        self.isMarkup = isMarkup
        let needsLook =
            settings.normalization == .none ? [0xC2, 0xE1, 0xE2, 0xEF] : Array(0xC2...0xFF)
        var plain = [Bool](repeating: true, count: 256)
        for byte in Array(0..<32) + [127] + needsLook { plain[byte] = false }
        plain[9] = true
        if settings.normalization == .nfc {
            // The letters of Western languages and Cyrillic are what they are.
            for byte in Array(0xC3..<0xCC) + [0xCF, 0xD0, 0xD1] { plain[byte] = true }
        }
        if settings.normalization == .nfkc { plain[0xC3] = true }
        if isMarkup { for byte in "&[{".utf8 { plain[Int(byte)] = false } }
        self.plain = plain
    }

    /// The clean text; without an end of line at its end.
    mutating func clean(_ text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { clean($0) }
    }

    private mutating func clean(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        output.removeAll(keepingCapacity: true)
        output.reserveCapacity(bytes.count)
        var index = 0
        plain.withUnsafeBufferPointer { plain in
            while index < bytes.count {
                let start = index
                while index < bytes.count, plain[Int(bytes[index])] { index += 1 }
                if index > start { output.append(contentsOf: bytes[start..<index]) }
                if index < bytes.count { index += special(bytes, index) }
            }
        }
        if output.count > lineStart { endLine() }
        changes.emptyLines += emptyLines
        dropWaiting()
        // The end of the last line is no part of the text.
        if output.last == UInt8(ascii: "\n") { output.removeLast() }
        return output
    }

    // MARK: Characters

    /// Handles a character that needs a look, and returns how many bytes that took.
    private mutating func special(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
        let first = bytes[index]
        func byte(_ offset: Int) -> UInt8 {
            index + offset < bytes.count ? bytes[index + offset] : 0
        }
        switch first {
        case 10, 11, 12:
            endLine()
            return 1
        case 13:
            endLine()
            return byte(1) == 10 ? 2 : 1
        case 0..<32, 127:
            changes.controlCharacters += 1
            return 1
        case UInt8(ascii: "&"): return entity(bytes, index)
        case UInt8(ascii: "["): return reference(bytes, index)
        case UInt8(ascii: "{"): return formula(bytes, index)
        default: break
        }
        let count = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        switch Self.kind(first, byte(1), byte(2)) {
        case .ordinary:
            if normalForm.isSuspect(first, byte(1), byte(2)) { isSuspect = true }
            output.append(contentsOf: bytes[index..<min(index + count, bytes.count)])
        case .space: output.append(UInt8(ascii: " "))
        case .end: endLine()
        case .control: changes.controlCharacters += 1
        case .invisible: changes.invisibleCharacters += 1
        }
        return count
    }

    private enum Kind { case ordinary, space, end, control, invisible }

    /// What a character of two or three bytes is. Joiners (U+200C, U+200D) are ordinary: Persian and
    /// Hindi spell with them, and they hold emoji together.
    @inline(__always)
    private static func kind(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Kind {
        switch (first, second) {
        case (0xC2, 0x85): .end  // U+0085
        case (0xC2, 0x80..<0xA0): .control
        case (0xC2, 0xA0): .space  // no-break space
        case (0xC2, 0xAD): .invisible  // soft hyphen
        case (0xE1, 0x9A): third == 0x80 ? .space : .ordinary
        case (0xE1, 0xA0): third == 0x8E ? .invisible : .ordinary
        case (0xE2, 0x80):
            switch third {
            case 0x80...0x8A, 0xAF: .space  // spaces of all widths
            case 0x8B, 0x8E, 0x8F, 0xAA...0xAE: .invisible  // zero width, directions
            case 0xA8, 0xA9: .end  // U+2028, U+2029
            default: .ordinary
            }
        case (0xE2, 0x81):
            switch third {
            case 0x9F: .space
            case 0xA0...0xAF: .invisible  // word joiner and the like
            default: .ordinary
            }
        case (0xEF, 0xBB): third == 0xBF ? .invisible : .ordinary  // byte order mark
        default: .ordinary
        }
    }

    private mutating func entity(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
        guard let (scalar, count) = HTMLEntities.decode(bytes[index...]) else {
            output.append(bytes[index])
            return 1
        }
        changes.entities += 1
        let encoded = Array(String(scalar).utf8)
        let (second, third) = (
            encoded.count > 1 ? encoded[1] : 0, encoded.count > 2 ? encoded[2] : 0
        )
        switch Self.kind(encoded[0], second, third) {
        case .ordinary:
            if scalar == "\n" {
                endLine()
            } else {
                if normalForm.isSuspect(encoded[0], second, third) { isSuspect = true }
                output += encoded
            }
        case .space: output.append(UInt8(ascii: " "))
        case .end: endLine()
        case .control, .invisible: break
        }
        return count
    }

    /// `[12]`, `[note 3]`, `[citation needed]` after a word.
    private mutating func reference(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
        let piece = bytes[index...].prefix(24)
        if output.count > lineStart, let last = output.last, last > 32,
            let end = piece.firstIndex(of: UInt8(ascii: "]")),
            Self.isReference(bytes[(index + 1)..<end])
        {
            changes.references += 1
            return end + 1 - index
        }
        output.append(bytes[index])
        return 1
    }

    private static func isReference(_ words: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        let text = String(decoding: words, as: UTF8.self).lowercased()
        let number =
            ["note ", "nb ", "n "].first(where: text.hasPrefix)
            .map { text.dropFirst($0.count) } ?? text[...]
        if !number.isEmpty, number.count <= 3, number.utf8.allSatisfy({ (48...57).contains($0) }) {
            return true
        }
        return ["citation needed", "clarification needed", "when?", "who?", "which?", "edit"]
            .contains(text)
    }

    /// `{\displaystyle …}`, which extracts of Wikipedia have in place of formulas.
    private mutating func formula(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
        let rest = bytes[index...]
        guard rest.starts(with: "{\\displaystyle".utf8) || rest.starts(with: "{\\textstyle".utf8)
        else {
            output.append(bytes[index])
            return 1
        }
        var depth = 0
        for (offset, byte) in rest.prefix(20_000).enumerated() {
            if byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 {
                changes.formulas += 1
                return offset + 1
            }
        }
        output.append(bytes[index])
        return 1
    }

    // MARK: Lines

    /// Finishes the line that ends the output.
    private mutating func endLine() {
        let whole = output.count
        while output.count > lineStart, output[output.count - 1] <= 32 { output.removeLast() }
        guard output.count > lineStart else {
            emptyLines += 1
            lineStart = output.count
            isSuspect = false
            return
        }
        changes.trailingSpaces += whole - output.count
        if isSuspect {
            let line = normalForm.normalize(output[lineStart...])
            if !line.elementsEqual(output[lineStart...]) {
                output.replaceSubrange(lineStart..., with: line)
                changes.normalizedLines += 1
            }
            isSuspect = false
        }
        if let headings, let (level, words) = heading() {
            output.removeSubrange(lineStart...)
            dropWaiting(from: level)
            waiting.append((level, headings == .keep ? words.whole : words.plain))
            if headings != .keep { changes.headings += 1 }
        } else {
            place()
        }
        lineStart = output.count
    }

    /// Puts the empty lines, and the headings that waited for a text, before the line that ends the
    /// output.
    private mutating func place() {
        var before: [UInt8] = []
        if lineStart > 0 {
            let count = waiting.isEmpty ? min(emptyLines, Self.mostEmptyLines) : 1
            before += [UInt8](repeating: 10, count: count)
            changes.emptyLines += max(0, emptyLines - count)
        } else {
            changes.emptyLines += emptyLines
        }
        emptyLines = 0
        if headings != .drop {
            for (_, line) in waiting { before += line + [10] }
        }
        waiting.removeAll()
        if !before.isEmpty { output.insert(contentsOf: before, at: lineStart) }
        output.append(10)
    }

    /// A heading under which a heading of its level or a higher one comes has no text: it goes.
    private mutating func dropWaiting(from level: Int = 0) {
        while let last = waiting.last, last.level >= level {
            waiting.removeLast()
            if headings == .keep { changes.headings += 1 }
        }
    }

    /// The line that ends the output as a heading.
    private func heading() -> (Int, (whole: [UInt8], plain: [UInt8]))? {
        let line = output[lineStart...]
        let mark = UInt8(ascii: "=")
        guard line.count > 4, line.first == mark, line.last == mark else { return nil }
        let level = line.prefix { $0 == mark }.count
        guard (2...6).contains(level), line.count > 2 * level,
            line.suffix(level).allSatisfy({ $0 == mark })
        else { return nil }
        let words = line.dropFirst(level).dropLast(level)
        let start = words.firstIndex { $0 > 32 } ?? words.endIndex
        let end = words.lastIndex { $0 > 32 } ?? words.startIndex
        guard start < end || (start == end && start < words.endIndex), words[end] != mark else {
            return nil
        }
        return (level, (Array(line), Array(words[start...end])))
    }
}
