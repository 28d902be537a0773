/// ggml's type of the numbers of a tensor.
struct GGMLType: Sendable, Equatable {
    let code: UInt32
    let name: String
    let numbersPerBlock: Int
    let bytesPerBlock: Int
    /// How to read it, if that is possible.
    let format: NumberFormat?

    private init(_ code: UInt32, _ name: String, _ numbersPerBlock: Int, _ bytesPerBlock: Int) {
        self.code = code
        self.name = name
        self.numbersPerBlock = numbersPerBlock
        self.bytesPerBlock = bytesPerBlock
        format = nil
    }

    /// The type of a format.
    private init(_ format: NumberFormat) {
        code = format.ggmlCode
        name = format.ggufName
        numbersPerBlock = format.numbersPerBlock
        bytesPerBlock = format.bytesPerBlock
        self.format = format
    }

    private static let readable = NumberFormat.allCases.map { GGMLType($0) }

    /// Those of which only the size is known.
    private static let listed = [
        GGMLType(3, "Q4_1", 32, 20), GGMLType(6, "Q5_0", 32, 22), GGMLType(7, "Q5_1", 32, 24),
        GGMLType(10, "Q2_K", 256, 84), GGMLType(11, "Q3_K", 256, 110),
        GGMLType(12, "Q4_K", 256, 144), GGMLType(13, "Q5_K", 256, 176),
        GGMLType(14, "Q6_K", 256, 210), GGMLType(24, "I8", 1, 1), GGMLType(25, "I16", 1, 2),
        GGMLType(26, "I32", 1, 4), GGMLType(27, "I64", 1, 8), GGMLType(28, "F64", 1, 8),
    ]

    init?(code: UInt32) {
        guard let type = (Self.readable + Self.listed).first(where: { $0.code == code }) else {
            return nil
        }
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
