import Foundation
import MiniNN
import MiniSupport
import MiniTensor

// The weights of llm.c: 256 whole numbers, then the parameters of one kind of all layers after the
// other, in singles. The vocabulary is filled up with zeros to a multiple of 128, for the sake of
// its matrix products. https://github.com/karpathy/llm.c, version 3.

extension GPT {
    /// A GPT-2 from a file of llm.c, such as `gpt2_124M.bin`.
    ///
    /// - Throws: `InterchangeError` if it is not one of version 3 (singles), or its size is not that
    ///   of the model it describes.
    public init(llmC url: URL) throws(InterchangeError) {
        let (file, header) = try LLMCHeader.open(url)
        // The size of the file vouches for the number of layers.
        self = try GPT.skeleton(header.configuration, path: file.path, weightCount: .max)
        var values: [String: Tensor] = [:]
        var offset = LLMCHeader.size
        for part in header.parts {
            for name in part.names {
                values[name] = try asInterchangeError { () throws(FileFailure) in
                    try file.tensor(at: offset, .format(.float32), shape: part.shape)
                }
                offset += 4 * (part.count + part.padding)
            }
        }
        mapParameters { name, value in values[name] ?? value }
    }

    /// Writes a file that llm.c trains on and that `GPT(llmC:)` reads.
    ///
    /// A model without biases is written with zeros for them.
    ///
    /// - Throws: `InterchangeError` if the model has a head of its own or another activation than
    ///   llm.c's GPT-2, or the file cannot be written.
    public func export(llmC url: URL) throws(InterchangeError) {
        let c = configuration
        guard c.tiesEmbeddings, c.activation == .geluApproximate, c.layerNormEps == 1e-5 else {
            throw .unsupported(
                path: url.path, field: "the model",
                problem:
                    "has a head of its own, another activation or another epsilon; llm.c's GPT-2 has not."
            )
        }
        let parameters = Dictionary(
            uniqueKeysWithValues: parametersWithBiases.map { ($0.name, $0.value) })
        try asInterchangeError { () throws(FileFailure) in
            let file = try AtomicFile(url)
            let header = LLMCHeader(c)
            try file.write(header.bytes)
            for part in header.parts {
                for name in part.names {
                    guard let value = parameters[name] else {
                        preconditionFailure("A GPT has no parameter \(name).")
                    }
                    try file.write(value, format: .float32)
                    try file.write([UInt8](repeating: 0, count: 4 * part.padding))
                }
            }
            try file.commit()
        }
    }
}

extension GPT.Configuration {
    /// The size and kind of the model in a file of llm.c, from its header alone.
    ///
    /// - Throws: `InterchangeError` if it is not one of version 3, or its size is not that of the
    ///   model it describes.
    public init(llmC url: URL) throws(InterchangeError) {
        let (_, header) = try LLMCHeader.open(url)
        self = try header.configuration.checked(url.path)
    }
}

/// The first 1,024 bytes of a file of llm.c.
private struct LLMCHeader {
    static let size = 4 * 256
    private static let magic: Int32 = 20_240_326
    private static let version: Int32 = 3

    /// The model, with the vocabulary it really has.
    let configuration: GPT.Configuration
    /// The rows of the embedding in the file.
    let paddedVocabularySize: Int

    init(_ configuration: GPT.Configuration) {
        self.configuration = configuration
        paddedVocabularySize = (configuration.vocabularySize + 127) / 128 * 128
    }

    init(_ file: ReadableFile) throws(FileFailure) {
        func malformed(_ field: String, _ problem: String) -> FileFailure {
            .malformed(path: file.path, field: field, problem: problem)
        }
        if let mistake = try file.mistaken(for: .llmC) { throw mistake }
        guard file.size >= Self.size else {
            throw malformed(
                "the file", "has \(file.size) bytes; the header alone has \(Self.size).")
        }
        var cursor = ByteCursor(file)
        var fields: [Int32] = []
        for _ in 0..<8 { fields.append(try cursor.number(Int32.self)) }
        guard fields[0] == Self.magic else {
            throw malformed("the file", "does not start as a file of llm.c does.")
        }
        guard fields[1] == Self.version else {
            throw .unsupported(
                path: file.path, field: "the version",
                problem: "is \(fields[1]); only \(Self.version), in singles, can be read.")
        }
        for (index, name) in [
            "context", "vocabulary", "layers", "heads", "width", "padded vocabulary",
        ].enumerated() {
            guard fields[index + 2] >= 1, fields[index + 2] <= 1 << 24 else {
                throw malformed("the \(name)", "is \(fields[index + 2]), not from 1 to \(1 << 24).")
            }
        }
        guard fields[7] >= fields[3] else {
            throw malformed(
                "the padded vocabulary",
                "is \(fields[7]), less than the \(fields[3]) tokens there are.")
        }
        configuration = GPT.Configuration(
            vocabularySize: Int(fields[3]), contextLength: Int(fields[2]), layers: Int(fields[4]),
            heads: Int(fields[5]), width: Int(fields[6]))
        paddedVocabularySize = Int(fields[7])
    }

    var bytes: [UInt8] {
        let c = configuration
        let fields = [
            c.contextLength, c.vocabularySize, c.layers, c.heads, c.width, paddedVocabularySize,
        ]
        var numbers = [Self.magic, Self.version] + fields.map { Int32($0) }
        numbers += [Int32](repeating: 0, count: 256 - numbers.count)
        return numbers.flatMap { number in
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
    }

    /// One kind of parameter: of each layer, or once.
    struct Part {
        let path: String
        let shape: [Int]
        var layers: Int?
        /// Zeros after it.
        var padding = 0

        /// Sizes are at most 2²⁴, so this cannot overflow.
        var count: Int { shape.reduce(1, *) }
        var names: [String] {
            guard let layers else { return [path] }
            return (0..<layers).map { "blocks.\($0).\(path)" }
        }
    }

    /// All kinds in the order of the file.
    var parts: [Part] {
        let c = configuration
        let width = c.width
        func inside(_ path: String, _ shape: [Int]) -> Part {
            Part(path: path, shape: shape, layers: c.layers)
        }
        return [
            Part(
                path: "tokenEmbedding.weight", shape: [c.vocabularySize, width],
                padding: (paddedVocabularySize - c.vocabularySize) * width),
            Part(path: "positionEmbedding.weight", shape: [c.contextLength, width]),
            inside("attentionNorm.weight", [width]), inside("attentionNorm.bias", [width]),
            inside("attention.queryKeyValue.weight", [3 * width, width]),
            inside("attention.queryKeyValue.bias", [3 * width]),
            inside("attention.output.weight", [width, width]),
            inside("attention.output.bias", [width]),
            inside("feedForwardNorm.weight", [width]), inside("feedForwardNorm.bias", [width]),
            inside("feedForward.up.weight", [4 * width, width]),
            inside("feedForward.up.bias", [4 * width]),
            inside("feedForward.down.weight", [width, 4 * width]),
            inside("feedForward.down.bias", [width]),
            Part(path: "finalNorm.weight", shape: [width]),
            Part(path: "finalNorm.bias", shape: [width]),
        ]
    }

    /// Opens a file whose size is that of the model it describes.
    static func open(
        _ url: URL
    ) throws(InterchangeError) -> (file: ReadableFile, header: LLMCHeader) {
        try asInterchangeError { () throws(FileFailure) in
            let file = try ReadableFile(url)
            let header = try LLMCHeader(file)
            try header.check(file)
            return (file, header)
        }
    }

    /// The size of the file must be that of the parts, to the byte.
    func check(_ file: ReadableFile) throws(FileFailure) {
        var bytes = Self.size
        for part in parts {
            let (all, overflow) = (4 * (part.count + part.padding)).multipliedReportingOverflow(
                by: part.layers ?? 1)
            let (sum, carry) = bytes.addingReportingOverflow(all)
            guard !overflow, !carry, sum <= file.size else {
                throw .malformed(
                    path: file.path, field: "the file",
                    problem: "has \(file.size) bytes, less than a model of these sizes.")
            }
            bytes = sum
        }
        guard bytes == file.size else {
            throw .malformed(
                path: file.path, field: "the file",
                problem: "has \(file.size) bytes, but a model of these sizes has \(bytes).")
        }
    }
}
