/// The words of JSON as grammar expressions (RFC 8259).
struct JSONVocabulary {
    let spacing: Grammar.JSONSpacing

    /// Between the parts.
    var space: GrammarExpression {
        switch spacing {
        case .compact: .nothing
        case .flexible:
            .choice([
                .nothing, .text(" "),
                .sequence([
                    .repetition(.text("\n"), least: 1, most: 2),
                    .repetition(
                        .characters(in: [0x20...0x20, 0x09...0x09]), least: 0, most: 20),
                ]),
            ])
        }
    }

    static let digit = GrammarExpression.characters(in: [0x30...0x39])
    static let positiveDigit = GrammarExpression.characters(in: [0x31...0x39])

    static func digits(_ least: Int, _ most: Int) -> GrammarExpression {
        .repetition(digit, least: least, most: most)
    }

    /// A whole number without sign and leading zeros.
    static let natural = GrammarExpression.choice([
        .text("0"), .sequence([positiveDigit, digits(0, 15)]),
    ])

    static let integer = GrammarExpression.sequence([.text("-").optional, natural])

    static let number = GrammarExpression.sequence([
        integer,
        .sequence([.text("."), digits(1, 16)]).optional,
        .sequence([
            .choice([.text("e"), .text("E")]),
            .choice([.text("+"), .text("-")]).optional, digits(1, 2),
        ]).optional,
    ])

    /// A character as it is: anything but quotes, backslashes and control characters.
    static let plainRanges: [ClosedRange<UInt32>] = [
        0x20...0x21, 0x23...0x5B, 0x5D...0x7E, 0x80...0x10FFFF,
    ]

    static let escape: GrammarExpression = {
        let hexadecimal = GrammarExpression.characters(
            in: [0x30...0x39, 0x41...0x46, 0x61...0x66])
        // \uD800 to \uDFFF are halves of characters, and no text by themselves.
        let first = GrammarExpression.characters(
            in: [0x30...0x39, 0x41...0x43, 0x45...0x46, 0x61...0x63, 0x65...0x66])
        let d = GrammarExpression.sequence([
            .choice([.text("D"), .text("d")]), .characters(in: [0x30...0x37]),
            .repetition(hexadecimal, least: 2, most: 2),
        ])
        return .sequence([
            .text("\\"),
            .choice([
                .characters(in: "\"\\/bfnrt".unicodeScalars.map { $0.value...$0.value }),
                .sequence([
                    .text("u"),
                    .choice([
                        .sequence([first, .repetition(hexadecimal, least: 3, most: 3)]), d,
                    ]),
                ]),
            ]),
        ])
    }()

    static let character = GrammarExpression.choice([.characters(in: plainRanges), escape])

    /// What is between the quotes of a string that is none of these, spelled without escapes up to
    /// where it differs.
    static func content(
        otherThan texts: [[Unicode.Scalar]], character: GrammarExpression
    ) -> GrammarExpression {
        let any = GrammarExpression.repetition(character, least: 0, most: nil)
        let branches = Dictionary(grouping: texts.filter { !$0.isEmpty }) { $0[0] }
        var alternatives: [GrammarExpression] = texts.contains { $0.isEmpty } ? [] : [.nothing]
        for (scalar, group) in branches.sorted(by: { $0.key < $1.key }) {
            alternatives.append(
                .sequence([
                    .text(String(scalar)),
                    content(otherThan: group.map { Array($0.dropFirst()) }, character: character),
                ]))
        }
        let excluded = branches.keys.map { $0.value...$0.value }
        // All that is not plain, and what the texts go on with.
        let others = GrammarExpression.characters(
            in: [0...0x1F, 0x22...0x22, 0x5C...0x5C, 0x7F...0x7F] + excluded, isNegated: true)
        alternatives.append(.sequence([others, any]))
        return .choice(alternatives)
    }

    /// The texts of a `format`.
    static func format(_ name: String) -> GrammarExpression? {
        func between(_ low: Unicode.Scalar, _ high: Unicode.Scalar) -> GrammarExpression {
            .characters(in: [low.value...high.value])
        }
        let month = GrammarExpression.choice([
            .sequence([.text("0"), positiveDigit]), .sequence([.text("1"), between("0", "2")]),
        ])
        let day = GrammarExpression.choice([
            .sequence([.text("0"), positiveDigit]), .sequence([between("1", "2"), digit]),
            .sequence([.text("3"), between("0", "1")]),
        ])
        let hour = GrammarExpression.choice([
            .sequence([between("0", "1"), digit]), .sequence([.text("2"), between("0", "3")]),
        ])
        let sixty = GrammarExpression.sequence([between("0", "5"), digit])
        let date = GrammarExpression.sequence([
            digits(4, 4), .text("-"), month, .text("-"), day,
        ])
        let zone = GrammarExpression.choice([
            .text("Z"),
            .sequence([.choice([.text("+"), .text("-")]), hour, .text(":"), sixty]),
        ])
        let time = GrammarExpression.sequence([
            hour, .text(":"), sixty, .text(":"), sixty,
            .sequence([.text("."), digits(1, 9)]).optional, zone,
        ])
        switch name {
        case "date": return date
        case "time": return time
        case "date-time": return .sequence([date, .text("T"), time])
        case "uuid":
            let hexadecimal = GrammarExpression.characters(in: [0x30...0x39, 0x61...0x66])
            let groups = [8, 4, 4, 4, 12].map {
                GrammarExpression.repetition(hexadecimal, least: $0, most: $0)
            }
            return .sequence(Array(groups.map { [$0] }.joined(separator: [.text("-")])))
        default: return nil
        }
    }
}
