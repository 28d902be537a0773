/// Bytes as something that can be shown: nothing in it moves a cursor, changes a colour, turns the
/// direction of what follows or is invisible without a sign.
enum VisibleText {
    /// A part of a shown text.
    enum Part: Hashable {
        /// Text that is shown as it is.
        case text(String)
        /// A sign for something that cannot be shown as it is, such as `⏎` or `⟨E2⟩`.
        case sign(String)
        /// A line end, which follows its sign.
        case lineEnd
    }

    /// The parts of some bytes. Bytes that are not UTF-8 are signs such as `⟨E2⟩`.
    static func parts(of bytes: [UInt8]) -> [Part] {
        var parts: [Part] = []
        var plain = String.UnicodeScalarView()
        func flush() {
            if !plain.isEmpty { parts.append(.text(String(plain))) }
            plain = .init()
        }
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var index = 0
            while index < buffer.count {
                let (value, length) = UTF8Decoding.scalar(at: index, in: base, end: buffer.count)
                guard length > 0, let scalar = Unicode.Scalar(value) else {
                    flush()
                    parts.append(.sign("⟨\(hexadecimal(UInt32(base[index]), digits: 2))⟩"))
                    index += 1
                    continue
                }
                index += length
                if let sign = sign(for: scalar) {
                    flush()
                    parts.append(.sign(sign))
                    if scalar == "\n" { parts.append(.lineEnd) }
                } else {
                    plain.append(scalar)
                }
            }
        }
        flush()
        return parts
    }

    private static func sign(for scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "\n": return "⏎"
        case "\t": return "⇥"
        case "\r": return "␍"
        default: break
        }
        switch scalar.properties.generalCategory {
        // Controls, directions, joiners, private and unassigned characters, odd spaces.
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            // A joiner inside an emoji or a word belongs to what it joins.
            return scalar == "\u{200D}" ? nil : "⟨U+\(hexadecimal(scalar.value, digits: 4))⟩"
        case .spaceSeparator:
            return scalar == " " ? nil : "⟨U+\(hexadecimal(scalar.value, digits: 4))⟩"
        default: return nil
        }
    }

    private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// The parts in one line, with `␣` for spaces at either end.
    static func line(_ bytes: [UInt8]) -> String {
        var line = ""
        for part in parts(of: bytes) {
            switch part {
            case .text(let text), .sign(let text): line += text
            case .lineEnd: break
            }
        }
        var scalars = Array(line.unicodeScalars)
        var first = 0
        while first < scalars.count, scalars[first] == " " {
            scalars[first] = "␣"
            first += 1
        }
        var last = scalars.count - 1
        while last >= first, scalars[last] == " " {
            scalars[last] = "␣"
            last -= 1
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// A text for HTML, in elements and in quoted attributes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
