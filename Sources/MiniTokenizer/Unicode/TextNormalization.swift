import Foundation

/// A Unicode normalisation that a tokenizer file asks for before splitting.
///
/// Foundation does the work, so its Unicode version is that of the system.
public enum TextNormalization: String, Hashable, Sendable {
    /// Canonical composition.
    case nfc = "NFC"
    /// Canonical decomposition.
    case nfd = "NFD"
    /// Compatibility composition.
    case nfkc = "NFKC"
    /// Compatibility decomposition.
    case nfkd = "NFKD"

    func apply(_ text: String) -> String {
        switch self {
        case .nfc: Self.composed(text.precomposedStringWithCanonicalMapping)
        case .nfd: text.decomposedStringWithCanonicalMapping
        case .nfkc: Self.composed(text.precomposedStringWithCompatibilityMapping)
        case .nfkd: text.decomposedStringWithCompatibilityMapping
        }
    }

    /// Foundation leaves a Korean syllable of two letters and a third one apart; together they are
    /// one (Unicode Standard, section 3.12).
    private static func composed(_ text: String) -> String {
        let isThird = { (scalar: Unicode.Scalar) in (0x11A8...0x11C2).contains(scalar.value) }
        guard text.unicodeScalars.contains(where: isThird) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let last = result.last, let syllable = syllable(last, scalar) {
                result.removeLast()
                result.append(syllable)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// The Korean syllable that one of two letters and a third letter are together.
    static func syllable(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        guard (0xAC00...0xD7A3).contains(first.value), (first.value - 0xAC00) % 28 == 0,
            (0x11A8...0x11C2).contains(second.value)
        else { return nil }
        return Unicode.Scalar(first.value + second.value - 0x11A7)
    }
}
