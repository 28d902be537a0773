/// ggml's type of the numbers of a tensor.
struct GGMLType: Sendable, Equatable {
    let code: UInt32
    let name: String
    let numbersPerBlock: Int
    let bytesPerBlock: Int
    /// How to read it, if that is possible.
    let numbers: ReadableNumbers?

    private init(
        _ code: UInt32, _ name: String, _ numbersPerBlock: Int, _ bytesPerBlock: Int,
        _ numbers: ReadableNumbers? = nil
    ) {
        self.code = code
        self.name = name
        self.numbersPerBlock = numbersPerBlock
        self.bytesPerBlock = bytesPerBlock
        self.numbers = numbers
    }

    private static let readable =
        NumberFormat.allCases.map { format in
            GGMLType(
                format.ggmlCode, format.ggufName, format.numbersPerBlock, format.bytesPerBlock,
                .format(format))
        } + [GGMLType(28, "F64", 1, 8, .float64)]

    /// Those of which only the size is known, as ggml has them in 2026.
    private static let listed = [
        GGMLType(3, "Q4_1", 32, 20), GGMLType(6, "Q5_0", 32, 22), GGMLType(7, "Q5_1", 32, 24),
        GGMLType(9, "Q8_1", 32, 40), GGMLType(10, "Q2_K", 256, 84),
        GGMLType(11, "Q3_K", 256, 110), GGMLType(12, "Q4_K", 256, 144),
        GGMLType(13, "Q5_K", 256, 176), GGMLType(14, "Q6_K", 256, 210),
        GGMLType(15, "Q8_K", 256, 292), GGMLType(16, "IQ2_XXS", 256, 66),
        GGMLType(17, "IQ2_XS", 256, 74), GGMLType(18, "IQ3_XXS", 256, 98),
        GGMLType(19, "IQ1_S", 256, 50), GGMLType(20, "IQ4_NL", 32, 18),
        GGMLType(21, "IQ3_S", 256, 110), GGMLType(22, "IQ2_S", 256, 82),
        GGMLType(23, "IQ4_XS", 256, 136), GGMLType(24, "I8", 1, 1), GGMLType(25, "I16", 1, 2),
        GGMLType(26, "I32", 1, 4), GGMLType(27, "I64", 1, 8), GGMLType(29, "IQ1_M", 256, 56),
        GGMLType(34, "TQ1_0", 256, 54), GGMLType(35, "TQ2_0", 256, 66),
        GGMLType(39, "MXFP4", 32, 17), GGMLType(40, "NVFP4", 64, 36),
        GGMLType(41, "Q1_0", 128, 18),
    ]

    private static let known = Dictionary(
        uniqueKeysWithValues: (readable + listed).map { ($0.code, $0) })

    init?(code: UInt32) {
        guard let type = Self.known[code] else { return nil }
        self = type
    }

    /// The bytes of `count` numbers in rows of `rowLength`; `nil` unless rows fill whole blocks.
    func bytes(count: Int, rowLength: Int) -> Int? {
        guard rowLength % numbersPerBlock == 0 else { return nil }
        let (bytes, overflow) = (count / numbersPerBlock).multipliedReportingOverflow(
            by: bytesPerBlock)
        return overflow ? nil : bytes
    }
}

extension NumberFormat {
    /// ggml's number of the type of a tensor.
    var ggmlCode: UInt32 {
        switch self {
        case .float32: 0
        case .float16: 1
        case .q4: 2
        case .q8: 8
        case .bfloat16: 30
        }
    }

    /// The `general.file_type` of a GGUF file of mostly this.
    var ggufFileType: UInt32 {
        switch self {
        case .float32: 0
        case .float16: 1
        case .q4: 2
        case .q8: 7
        case .bfloat16: 32
        }
    }
}
