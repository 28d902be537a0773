/// The type of the numbers of a tensor in a safetensors file.
struct SafetensorsType: Sendable, Equatable {
    /// The format's own name: `F32`.
    let name: String
    /// The size of one number.
    let bits: Int
    /// How to read it, if that is possible.
    let numbers: ReadableNumbers?

    private init(_ name: String, bits: Int, _ numbers: ReadableNumbers? = nil) {
        self.name = name
        self.bits = bits
        self.numbers = numbers
    }

    /// All that the reference implementation knows, by name.
    private static let known: [String: SafetensorsType] = {
        var types = [SafetensorsType("F64", bits: 64, .float64)]
        for format in NumberFormat.allCases {
            guard let name = format.safetensorsName else { continue }
            types.append(
                SafetensorsType(name, bits: 8 * format.bytesPerBlock, .format(format)))
        }
        let listed: [(bits: Int, names: [String])] = [
            (4, ["F4"]), (6, ["F6_E2M3", "F6_E3M2"]),
            (
                8,
                [
                    "BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ",
                    "F8_E5M2FNUZ",
                ]
            ),
            (16, ["I16", "U16"]), (32, ["I32", "U32"]), (64, ["I64", "U64", "C64"]),
        ]
        for (bits, names) in listed { types += names.map { SafetensorsType($0, bits: bits) } }
        return Dictionary(uniqueKeysWithValues: types.map { ($0.name, $0) })
    }()

    init?(name: String) {
        guard let type = Self.known[name] else { return nil }
        self = type
    }
}
