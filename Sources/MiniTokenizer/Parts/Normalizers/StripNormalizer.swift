/// Without white space at the ends of the text.
struct StripNormalizer: Normalizer {
    static let typeName = "Strip"

    /// Whether white space at the start is left out.
    var stripsLeft: Bool
    /// Whether white space at the end is left out.
    var stripsRight: Bool

    /// A normalizer that strips one end or both.
    init(left: Bool = true, right: Bool = true) {
        stripsLeft = left
        stripsRight = right
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        stripsLeft = try members.boolean("strip_left")
        stripsRight = try members.boolean("strip_right")
    }

    var members: [(name: String, value: PartValue)] {
        [("strip_left", .boolean(stripsLeft)), ("strip_right", .boolean(stripsRight))]
    }

    func normalize(_ text: inout NormalizedText) {
        let scalars = text.scalars
        var (start, end) = (0, scalars.count)
        while stripsLeft, start < end, scalars[start].properties.isWhitespace { start += 1 }
        while stripsRight, end > start, scalars[end - 1].properties.isWhitespace { end -= 1 }
        var index = 0
        text.filter { _ in
            defer { index += 1 }
            return index >= start && index < end
        }
    }
}

/// Without accents and other combining marks. Characters that have theirs built in keep them:
/// decompose them first, with NFD.
struct StripAccentsNormalizer: Normalizer {
    static let typeName = "StripAccents"

    /// The normalizer, which has no options.
    init() {}

    init(_ members: PartMembers) throws(TokenizerError) {}

    var members: [(name: String, value: PartValue)] { [] }

    func normalize(_ text: inout NormalizedText) {
        text.filter { !$0.isMark }
    }
}
