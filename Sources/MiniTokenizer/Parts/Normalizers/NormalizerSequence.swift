/// Normalizers one after the other.
struct NormalizerSequence: Normalizer {
    static let typeName = "Sequence"

    /// The normalizers, in the order in which they are applied.
    var parts: [any Normalizer]

    /// Applies normalizers one after the other.
    init(_ parts: [any Normalizer]) { self.parts = parts }

    init(_ members: PartMembers) throws(TokenizerError) {
        parts = try members.parts("normalizers", \.normalizers)
    }

    var members: [(name: String, value: PartValue)] { [("normalizers", .parts(parts))] }

    func normalize(_ text: inout NormalizedText) throws(TokenizerError) {
        for part in parts { try part.normalize(&text) }
    }
}
