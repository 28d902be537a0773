/// What BERT does to a text: control characters are left out, every white space is a blank, Chinese
/// characters stand alone, and accents and upper case go if the model is uncased.
struct BertNormalizer: Normalizer {
    static let typeName = "BertNormalizer"

    /// Whether control characters are left out and white space becomes blanks.
    var cleansText: Bool
    /// Whether blanks are put around Chinese characters.
    var separatesChinese: Bool
    /// Whether accents are left out; `nil` for as ``lowercases`` says.
    var stripsAccents: Bool?
    /// Whether the text becomes lower case.
    var lowercases: Bool

    /// A normalizer with the defaults of uncased BERT.
    init(
        cleansText: Bool = true, separatesChinese: Bool = true, stripsAccents: Bool? = nil,
        lowercases: Bool = true
    ) {
        self.cleansText = cleansText
        self.separatesChinese = separatesChinese
        self.stripsAccents = stripsAccents
        self.lowercases = lowercases
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        cleansText = try members.boolean("clean_text")
        separatesChinese = try members.boolean("handle_chinese_chars")
        stripsAccents =
            members.has("strip_accents") ? try members.boolean("strip_accents") : nil
        lowercases = try members.boolean("lowercase")
    }

    var members: [(name: String, value: PartValue)] {
        [
            ("clean_text", .boolean(cleansText)),
            ("handle_chinese_chars", .boolean(separatesChinese)),
            ("strip_accents", stripsAccents.map { .boolean($0) } ?? .null),
            ("lowercase", .boolean(lowercases)),
        ]
    }

    func normalize(_ text: inout NormalizedText) {
        if cleansText {
            text.filter { $0.value != 0 && $0.value != 0xFFFD && !Self.isControl($0) }
            text.map { $0.properties.isWhitespace ? " " : $0 }
        }
        if separatesChinese {
            var characters: [(scalar: Unicode.Scalar, change: Int)] = []
            text.forEachScalar { scalar, _ in
                if Self.isChinese(scalar) {
                    characters += [(" ", 0), (scalar, 1), (" ", 1)]
                } else {
                    characters.append((scalar, 0))
                }
            }
            text.transform(characters)
        }
        if stripsAccents ?? lowercases {
            UnicodeFormNormalizer.normalize(&text, to: .nfd)
            text.filter { $0.properties.generalCategory != .nonspacingMark }
        }
        if lowercases { LowercaseNormalizer().normalize(&text) }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "\t" || scalar == "\n" || scalar == "\r" { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse, .unassigned: return true
        default: return false
        }
    }

    /// The blocks of CJK ideographs that BERT's own code lists.
    private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
            0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            return true
        default: return false
        }
    }
}
