/// The type of the numbers of a tensor in a safetensors file.
struct SafetensorsType: Sendable, Equatable {
    /// The format's own name: `F32`.
    let name: String
    /// The size of one number.
    let bytes: Int
    /// How to read it, if that is possible.
    let format: NumberFormat?

    private init(_ name: String, _ bytes: Int) {
        self.name = name
        self.bytes = bytes
        format = nil
    }

    private init?(_ format: NumberFormat) {
        guard let name = format.safetensorsName else { return nil }
        self.name = name
        bytes = format.bytesPerBlock
        self.format = format
    }

    private static let readable = NumberFormat.allCases.compactMap { SafetensorsType($0) }

    /// Those of which only the size is known.
    private static let listed = [
        SafetensorsType("F64", 8), SafetensorsType("I64", 8), SafetensorsType("I32", 4),
        SafetensorsType("I16", 2), SafetensorsType("I8", 1), SafetensorsType("U64", 8),
        SafetensorsType("U32", 4), SafetensorsType("U16", 2), SafetensorsType("U8", 1),
        SafetensorsType("BOOL", 1),
    ]

    init?(name: String) {
        guard let type = (Self.readable + Self.listed).first(where: { $0.name == name }) else {
            return nil
        }
        self = type
    }
}
