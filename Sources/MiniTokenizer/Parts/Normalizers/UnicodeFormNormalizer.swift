/// A Unicode normalization form, such as NFC.
///
/// Foundation does the work, so its Unicode version is that of the system.
struct UnicodeFormNormalizer {
    /// Puts a text into a form, and keeps the places of its characters.
    static func normalize(_ text: inout NormalizedText, to form: TextNormalization) {
        let original = text.string
        guard !original.utf8.allSatisfy({ $0 < 0x80 }),
            !form.apply(original).utf8.elementsEqual(original.utf8)
        else { return }
        var characters = decomposed(text.scalars, form == .nfkc || form == .nfkd ? .nfkd : .nfd)
        if form == .nfc || form == .nfkc { characters = composed(characters) }
        text.transform(characters)
    }

    typealias ChangedScalar = (scalar: Unicode.Scalar, change: Int)

    /// The parts of each character: the first one replaces it, the others are inserted. Marks are
    /// put into canonical order.
    private static func decomposed(
        _ scalars: [Unicode.Scalar], _ form: TextNormalization
    ) -> [ChangedScalar] {
        var result: [ChangedScalar] = []
        result.reserveCapacity(scalars.count)
        var marks = 0
        for scalar in scalars {
            let parts =
                scalar.value < 0x80
                ? String.UnicodeScalarView([scalar]) : form.apply(String(scalar)).unicodeScalars
            for (index, part) in parts.enumerated() {
                let combiningClass = part.properties.canonicalCombiningClass
                var place = result.count
                if combiningClass == .notReordered {
                    marks = 0
                } else {
                    // Insertion keeps marks of one class in their order.
                    while place > result.count - marks,
                        result[place - 1].scalar.properties.canonicalCombiningClass > combiningClass
                    {
                        place -= 1
                    }
                    marks += 1
                }
                result.insert((part, index == 0 ? 0 : 1), at: place)
            }
        }
        return result
    }

    /// Canonical composition (Unicode Standard Annex #15). What a character and a mark become
    /// replaces both, so their changes add up to one less.
    private static func composed(_ characters: [ChangedScalar]) -> [ChangedScalar] {
        var result: [ChangedScalar] = []
        result.reserveCapacity(characters.count)
        var starter: Int?
        var lastClass: Unicode.CanonicalCombiningClass?
        for character in characters {
            let combiningClass = character.scalar.properties.canonicalCombiningClass
            if let place = starter, lastClass.map({ $0 < combiningClass }) ?? true,
                let composite = composite(result[place].scalar, character.scalar)
            {
                result[place] = (composite, result[place].change + character.change - 1)
                continue
            }
            if combiningClass == .notReordered {
                starter = result.count
                lastClass = nil
            } else if starter != nil {
                lastClass = combiningClass
            }
            result.append(character)
        }
        return result
    }

    /// The character that two are together, if there is one.
    private static func composite(
        _ first: Unicode.Scalar, _ second: Unicode.Scalar
    ) -> Unicode.Scalar? {
        // No composite ends with a character below.
        guard second.value >= 0x300 else { return nil }
        if let syllable = TextNormalization.syllable(first, second) { return syllable }
        var pair = String.UnicodeScalarView()
        pair.append(first)
        pair.append(second)
        let scalars = TextNormalization.nfc.apply(String(pair)).unicodeScalars
        return scalars.count == 1 ? scalars.first : nil
    }

    /// Canonical composition.
    struct NFC: Normalizer {
        static let typeName = "NFC"
        init(_ members: PartMembers) {}
        init() {}
        var members: [(name: String, value: PartValue)] { [] }
        func normalize(_ text: inout NormalizedText) {
            UnicodeFormNormalizer.normalize(&text, to: .nfc)
        }
    }

    /// Canonical decomposition.
    struct NFD: Normalizer {
        static let typeName = "NFD"
        init(_ members: PartMembers) {}
        init() {}
        var members: [(name: String, value: PartValue)] { [] }
        func normalize(_ text: inout NormalizedText) {
            UnicodeFormNormalizer.normalize(&text, to: .nfd)
        }
    }

    /// Compatibility composition.
    struct NFKC: Normalizer {
        static let typeName = "NFKC"
        init(_ members: PartMembers) {}
        init() {}
        var members: [(name: String, value: PartValue)] { [] }
        func normalize(_ text: inout NormalizedText) {
            UnicodeFormNormalizer.normalize(&text, to: .nfkc)
        }
    }

    /// Compatibility decomposition.
    struct NFKD: Normalizer {
        static let typeName = "NFKD"
        init(_ members: PartMembers) {}
        init() {}
        var members: [(name: String, value: PartValue)] { [] }
        func normalize(_ text: inout NormalizedText) {
            UnicodeFormNormalizer.normalize(&text, to: .nfkd)
        }
    }
}
