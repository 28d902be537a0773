/// Every character in lower case, one by one: a final sigma is a sigma.
struct LowercaseNormalizer: Normalizer {
    static let typeName = "Lowercase"

    /// The normalizer, which has no options.
    init() {}

    init(_ members: PartMembers) throws(TokenizerError) {}

    var members: [(name: String, value: PartValue)] { [] }

    func normalize(_ text: inout NormalizedText) {
        var characters: [(scalar: Unicode.Scalar, change: Int)] = []
        characters.reserveCapacity(text.bytes.count)
        text.forEachScalar { scalar, _ in
            for (index, part) in scalar.properties.lowercaseMapping.unicodeScalars.enumerated() {
                characters.append((part, index == 0 ? 0 : 1))
            }
        }
        text.transform(characters)
    }
}
