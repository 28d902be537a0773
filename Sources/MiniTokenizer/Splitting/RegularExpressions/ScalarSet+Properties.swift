extension ScalarSet {
    /// `\w` in brackets: letters, marks, decimal digits and connecting punctuation.
    static let bracketWord = alphabetic.union(
        categories { $0.hasPrefix("M") || $0 == "Nd" || $0 == "Pc" })
    /// `\w`, for which Oniguruma takes along the superscripts and fractions of Latin-1.
    static let word = bracketWord.union(ScalarSet("²", "³", "¹", "¼", "½", "¾"))
    /// `\d`: decimal digits.
    static let digit = categories { $0 == "Nd" }
    /// `\s`: white space.
    static let space = ScalarSet(sortedBounds: UnicodeRanges.spaces)
    /// `\h`: digits of hexadecimal numbers.
    static let hexadecimalDigit = ScalarSet(ranges: [0x30...0x39, 0x41...0x46, 0x61...0x66])
    /// What ends a line in `\R`, besides `\r\n`.
    static let lineEnd = ScalarSet(ranges: [0x0A...0x0D, 0x85...0x85, 0x2028...0x2029])
    static let newline = ScalarSet("\n")

    /// The set of a POSIX bracket `[:name:]`, or `nil` if there is none of that name.
    static func posixBracket(_ name: String) -> ScalarSet? {
        switch name {
        // In brackets symbols count as punctuation.
        case "punct": categories { $0.hasPrefix("P") || $0.hasPrefix("S") }
        case "word": bracketWord
        case "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "space", "upper", "xdigit":
            property(name)
        default: nil
        }
    }

    /// The set of a property `\p{name}`, or `nil` if there is none of that name here: general
    /// categories, POSIX classes, binary properties and the most used scripts, in Oniguruma's
    /// spelling, which leaves out the property's kind (`Han`, not `Script=Han`).
    static func property(_ name: String) -> ScalarSet? {
        let key = name.lowercased().filter { $0 != " " && $0 != "_" && $0 != "-" }
        if let set = posixProperty(key) ?? category(key) ?? binaryProperty(key) { return set }
        guard let bounds = UnicodeScripts.named[UnicodeScripts.shortNames[key] ?? key] else {
            return nil
        }
        return ScalarSet(sortedBounds: bounds)
    }

    private static func posixProperty(_ key: String) -> ScalarSet? {
        switch key {
        case "any": all
        case "assigned": categories { $0 != "Cn" }
        case "ascii": ScalarSet(0...0x7F)
        case "alnum": alphabetic.union(digit)
        case "alpha", "alphabetic": alphabetic
        case "blank": categories { $0 == "Zs" }.union(ScalarSet("\t"))
        case "cntrl": categories { $0 == "Cc" }
        case "graph":
            space.union(categories { ["Cc", "Cn", "Cs"].contains($0) }).inverted
        case "print":
            posixProperty("graph")?.union(categories { $0 == "Zs" })
        case "lower", "lowercase": binary { $0.isLowercase }.union(laterCaseless)
        case "upper", "uppercase": binary { $0.isUppercase }
        case "space", "whitespace", "wspace": space
        case "word": word
        case "xdigit", "asciihexdigit", "ahex": hexadecimalDigit
        case "newline": newline
        default: nil
        }
    }

    /// A letter that lost its case in Unicode 17.
    private static let laterCaseless = ScalarSet("\u{295}")

    private static let alphabetic = binary { $0.isAlphabetic }

    // MARK: General categories

    private static let categoryNames: [String: String] = [
        "letter": "L", "uppercaseletter": "Lu", "lowercaseletter": "Ll", "titlecaseletter": "Lt",
        "modifierletter": "Lm", "otherletter": "Lo", "mark": "M", "combiningmark": "M",
        "nonspacingmark": "Mn", "spacingmark": "Mc", "enclosingmark": "Me", "number": "N",
        "decimalnumber": "Nd", "digit": "Nd", "letternumber": "Nl", "othernumber": "No",
        "punctuation": "P", "punct": "P", "connectorpunctuation": "Pc", "dashpunctuation": "Pd",
        "openpunctuation": "Ps", "closepunctuation": "Pe", "initialpunctuation": "Pi",
        "finalpunctuation": "Pf", "otherpunctuation": "Po", "symbol": "S", "mathsymbol": "Sm",
        "currencysymbol": "Sc", "modifiersymbol": "Sk", "othersymbol": "So", "separator": "Z",
        "spaceseparator": "Zs", "lineseparator": "Zl", "paragraphseparator": "Zp", "other": "C",
        "control": "Cc", "format": "Cf", "surrogate": "Cs", "privateuse": "Co",
        "unassigned": "Cn", "casedletter": "LC",
    ]

    private static func category(_ key: String) -> ScalarSet? {
        let name = categoryNames[key] ?? key
        if name.lowercased() == "lc" { return categories { ["Lu", "Ll", "Lt"].contains($0) } }
        let wanted = name.lowercased()
        if wanted == "l" { return ScalarSet(sortedBounds: UnicodeRanges.letters) }
        if wanted == "n" { return ScalarSet(sortedBounds: UnicodeRanges.numbers) }
        guard byCategory.keys.contains(where: { $0.lowercased().hasPrefix(wanted) }) else {
            return nil
        }
        return categories {
            wanted.count == 1 ? $0.lowercased().hasPrefix(wanted) : $0.lowercased() == wanted
        }
    }

    private static func categories(_ isWanted: (String) -> Bool) -> ScalarSet {
        ScalarSet(ranges: byCategory.filter { isWanted($0.key) }.flatMap(\.value.ranges))
    }

    /// The scalars of each general category in Unicode 16.0, which Hugging Face's engine has. What a
    /// later version assigned is unassigned, so that tokens do not depend on the compiler's version.
    private static let byCategory: [String: ScalarSet] = {
        var ranges: [String: [ClosedRange<UInt32>]] = ["Cs": [0xD800...0xDFFF]]
        var start: UInt32 = 0
        var current = ""
        func end(at value: UInt32) {
            if value > start, !current.isEmpty {
                ranges[current, default: []].append(start...value - 1)
            }
        }
        for value: UInt32 in 0...0x110000 {
            // Planes 4 to 13 and the rest of 14 have nothing, 15 and 16 are private.
            if value > 0x3FFFF, value < 0xE0000 || value > 0xE0FFF, value & 0xFFFF > 0,
                value & 0xFFFF < 0xFFFE
            {
                continue
            }
            let name = Unicode.Scalar(value).map(Self.categoryName) ?? ""
            if name != current {
                end(at: value)
                (start, current) = (value, name)
            }
        }
        return ranges.mapValues { ScalarSet(ranges: $0) }
    }()

    private static func categoryName(_ scalar: Unicode.Scalar) -> String {
        let category = scalar.properties.generalCategory
        if category != .unassigned, category != .privateUse, isLater(scalar) { return "Cn" }
        if laterCaseless.contains(scalar.value) { return "Ll" }
        return switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        default: "Cn"
        }
    }

    static func isLater(_ scalar: Unicode.Scalar) -> Bool {
        (scalar.properties.age?.major ?? 0) > 16
    }

    // MARK: Binary properties

    private static func binaryProperty(_ key: String) -> ScalarSet? {
        switch key {
        case "cased": binary { $0.isCased }.union(laterCaseless)
        case "caseignorable", "ci": binary { $0.isCaseIgnorable }
        case "dash": binary { $0.isDash }
        case "defaultignorablecodepoint", "di": binary { $0.isDefaultIgnorableCodePoint }
        case "emoji": binary { $0.isEmoji }
        case "emojimodifier", "emod": binary { $0.isEmojiModifier }
        case "emojimodifierbase", "ebase": binary { $0.isEmojiModifierBase }
        case "emojipresentation", "epres": binary { $0.isEmojiPresentation }
        case "extender", "ext": binary { $0.isExtender }
        case "graphemebase", "grbase": binary { $0.isGraphemeBase }
        case "graphemeextend", "grext": binary { $0.isGraphemeExtend }
        case "hexdigit", "hex": binary { $0.isHexDigit }
        case "idcontinue", "idc": binary { $0.isIDContinue }
        case "idstart", "ids": binary { $0.isIDStart }
        case "ideographic", "ideo": binary { $0.isIdeographic }
        case "math": binary { $0.isMath }
        case "quotationmark", "qmark": binary { $0.isQuotationMark }
        case "sentenceterminal", "sterm": binary { $0.isSentenceTerminal }
        case "terminalpunctuation", "term": binary { $0.isTerminalPunctuation }
        case "unifiedideograph", "uideo": binary { $0.isUnifiedIdeograph }
        case "variationselector", "vs": binary { $0.isVariationSelector }
        case "xidcontinue", "xidc": binary { $0.isXIDContinue }
        case "xidstart", "xids": binary { $0.isXIDStart }
        case "regionalindicator", "ri": ScalarSet(0x1F1E6...0x1F1FF)
        default: nil
        }
    }

    /// The assigned scalars with a property, as far as Unicode 16.0 has them.
    private static func binary(
        _ property: (Unicode.Scalar.Properties) -> Bool
    ) -> ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        for area: ClosedRange<UInt32> in [0...0x3FFFF, 0xE0000...0xE0FFF] {
            for value in area {
                guard let scalar = Unicode.Scalar(value), property(scalar.properties),
                    !isLater(scalar)
                else { continue }
                if let last = ranges.last, last.upperBound + 1 == value {
                    ranges[ranges.count - 1] = last.lowerBound...value
                } else {
                    ranges.append(value...value)
                }
            }
        }
        return ScalarSet(ranges: ranges)
    }
}
