import Foundation

/// Tells quickly that a text is in a normal form already, as nearly all are.
///
/// It goes by the first bytes of characters and errs on one side only: what it calls safe is made of
/// characters that stand for themselves, belong to no accent and join with nothing before them (their
/// NFC_Quick_Check is Yes and their combining class 0; Unicode Standard Annex 15, section 9). The tests
/// compare it with Foundation over all of Unicode.
struct NormalForm {
    let form: NormalizationForm

    /// Whether a character can need a look by Foundation.
    ///
    /// - Parameters:
    ///   - first: its first byte.
    ///   - second: its second byte; any for an ASCII character.
    ///   - third: its third byte, if it has one.
    @inline(__always)
    func isSuspect(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        if first < 0x80 { return false }
        switch form {
        case .none: return false
        // U+00C0 to U+00FF stand for themselves in NFKC too; all others are looked at.
        case .nfkc: return first != 0xC3
        case .nfc: return Self.isSuspect(first, second, third)
        }
    }

    @inline(__always)
    private static func isSuspect(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        switch first {
        case 0..<0xCC: false  // up to U+02FF
        case 0xCE: second == 0x87  // Greek, but for the middle dot
        case 0xCF, 0xD0, 0xD1: false  // Greek and Cyrillic
        case 0xE1: second != 0xBA && second != 0xBB  // letters of Vietnamese and others
        case 0xE2:
            switch second {
            case 0x80: third < 0x90  // dashes, quotation marks, ellipsis
            case 0x82: third < 0xA0  // currencies
            // Arrows, mathematics, boxes.
            case 0x86, 0x87, 0x88, 0x89, 0x94, 0x95, 0x96, 0x97: false
            default: true
            }
        case 0xE3:
            switch second {
            case 0x80: third >= 0xAA && third < 0xB0  // marks of tone
            case 0x82: third == 0x99 || third == 0x9A  // the voiced marks of kana
            case 0x81, 0x83: false
            default: true
            }
        case 0xE4...0xE9: false  // Han
        case 0xEB, 0xEC: false  // Hangul
        case 0xEA: second < 0xB0
        case 0xED: second > 0x9D
        case 0xF0: second != 0x9F  // emoji
        default: true
        }
    }

    /// A text in this form.
    func normalize(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let text = String(decoding: Array(bytes), as: UTF8.self)
        switch form {
        case .none: return Array(text.utf8)
        case .nfc: return Array(text.precomposedStringWithCanonicalMapping.utf8)
        case .nfkc: return Array(text.precomposedStringWithCompatibilityMapping.utf8)
        }
    }
}
