/// SentencePiece's replacements of characters, in the form in which its models hold them.
///
/// Hugging Face's library looks at characters as people see them, of fewer than six bytes, and takes
/// the first replacement that begins them, which differs from SentencePiece's own rule.
struct PrecompiledNormalizer: Normalizer {
    static let typeName = "Precompiled"

    private let map: CharacterMap?
    private let spelled: String

    init(_ members: PartMembers) throws(TokenizerError) {
        spelled = try members.text("precompiled_charsmap", default: "")
        var bytes: [UInt8] = []
        let isBase64 = Array(spelled.utf8).withUnsafeBufferPointer {
            Base64.decode($0[...], to: &bytes)
        }
        guard isBase64 else { throw members.failure("precompiled_charsmap", expected: "Base64") }
        map =
            bytes.isEmpty
            ? nil : try CharacterMap(bytes, file: members.file, entry: members.entry)
    }

    var members: [(name: String, value: PartValue)] {
        [("precompiled_charsmap", .text(spelled))]
    }

    func normalize(_ text: inout NormalizedText) {
        guard let map else { return }
        var characters: [(scalar: Unicode.Scalar, change: Int)] = []
        var isChanged = false
        func replace(_ part: some StringProtocol) -> Bool {
            guard let new = map.firstReplacement(of: Array(part.utf8)) else { return false }
            isChanged = true
            let scalars = String(decoding: new, as: UTF8.self).unicodeScalars
            let more = scalars.count - part.unicodeScalars.count
            for (index, scalar) in scalars.enumerated() {
                characters.append((scalar, index >= scalars.count - max(more, 0) ? 1 : 0))
            }
            if more < 0, !characters.isEmpty { characters[characters.count - 1].change += more }
            return true
        }
        for character in text.string {
            if character.utf8.count < 6, replace(String(character)) { continue }
            for scalar in character.unicodeScalars where !replace(String(scalar)) {
                characters.append((scalar, 0))
            }
        }
        if isChanged { text.transform(characters) }
    }
}
