import Foundation
import MiniNN
import MiniSupport
import MiniTensor

extension GPT {
    /// A GPT-2 from a GGUF file, by llama.cpp or by `export(gguf:)`. Numbers stored as F16, BF16,
    /// Q8_0 or Q4_0 become singles.
    ///
    /// - Throws: `InterchangeError`; `.weights` lists every missing, unexpected or misshapen name.
    public init(gguf url: URL) throws(InterchangeError) {
        try self.init(gguf: GGUFFile(url))
    }

    /// A GPT-2 from an open GGUF file.
    public init(gguf file: GGUFFile) throws(InterchangeError) {
        let configuration = try GGUFNames.configuration(of: file)
        self = try GPT.skeleton(
            configuration, path: file.url.path, weightCount: file.entries.count)
        try load(from: file, naming: GGUFNames.table.callAsFunction)
        // Old converters wrote the tied head a second time.
        tieEqualHead()
    }

    /// Writes a GGUF file that llama.cpp loads and runs.
    ///
    /// Matrices are stored in the given format; norms, biases and positions always as F32. A matrix
    /// whose rows do not fill a block of Q8_0 or Q4_0 is stored as F16. A model without biases is written
    /// with zeros for them, a vocabulary larger than the tokenizer's with unused tokens.
    ///
    /// - Parameters:
    ///   - tokenizer: needed by llama.cpp to turn text into tokens.
    ///   - name: what programs show.
    ///   - chatTemplate: how a conversation is written, in Jinja.
    /// - Throws: `InterchangeError` if the model is one llama.cpp's GPT-2 is not (its activation is
    ///   the tanh form of GELU), the tokenizer has too many tokens, a number cannot be stored, or the
    ///   file cannot be written.
    public func export(
        gguf url: URL, format: NumberFormat = .float32, tokenizer: GGUFTokenizer? = nil,
        name: String = "MiniGPT", chatTemplate: String? = nil
    ) throws(InterchangeError) {
        let c = configuration
        guard c.activation == .geluApproximate else {
            throw .unsupported(
                path: url.path, field: "the activation",
                problem: "is \(c.activation.name), but llama.cpp's GPT-2 has geluApproximate.")
        }
        var writer = GGUFWriter()
        writer.add("general.architecture", "gpt2")
        writer.add("general.name", name)
        writer.add("general.file_type", format.ggufFileType)
        if !format.isFloatingPoint { writer.add("general.quantization_version", UInt32(2)) }
        writer.add("gpt2.block_count", UInt32(c.layers))
        writer.add("gpt2.context_length", UInt32(c.contextLength))
        writer.add("gpt2.embedding_length", UInt32(c.width))
        writer.add("gpt2.feed_forward_length", UInt32(4 * c.width))
        writer.add("gpt2.attention.head_count", UInt32(c.heads))
        writer.add("gpt2.attention.layer_norm_epsilon", c.layerNormEps)
        if let tokenizer { try GGUFNames.add(tokenizer, to: &writer, c.vocabularySize, url.path) }
        if let chatTemplate { writer.add("tokenizer.chat_template", chatTemplate) }
        for (parameter, value) in parametersWithBiases {
            let isMatrix = value.rank == 2 && parameter != "positionEmbedding.weight"
            let numbers = isMatrix ? format.fitting(columns: value.dim(-1)) : .float32
            let theirs = GGUFNames.table(parameter).name
            if !numbers.isFloatingPoint,
                !value.withUnsafeScalars({ BlocksOf8Bits.canHold($0) })
            {
                throw .unsupported(
                    path: url.path, field: "the tensor \(theirs)",
                    problem:
                        "holds numbers that are not finite or too large for \(format.rawValue).")
            }
            writer.add(theirs, value, format: numbers)
        }
        try asInterchangeError { () throws(FileFailure) in
            try writer.write(to: url, files: SystemFileOperations())
        }
    }
}

extension GPT.Configuration {
    /// The size and kind of the model in an open GGUF file, from its header alone.
    ///
    /// - Throws: `InterchangeError` if it is no GPT-2.
    public init(gguf file: GGUFFile) throws(InterchangeError) {
        self = try GGUFNames.configuration(of: file).checked(file.url.path)
    }
}

/// What llama.cpp calls the parts of a GPT-2.
enum GGUFNames {
    static let table = NameTable(
        outside: [
            "tokenEmbedding": "token_embd", "positionEmbedding": "position_embd",
            "finalNorm": "output_norm", "head": "output",
        ],
        block: "blk.",
        inside: [
            "attentionNorm": "attn_norm", "attention.queryKeyValue": "attn_qkv",
            "attention.output": "attn_output", "feedForwardNorm": "ffn_norm",
            "feedForward.up": "ffn_up", "feedForward.down": "ffn_down",
        ],
        transposed: [])

    static func configuration(of file: GGUFFile) throws(InterchangeError) -> GPT.Configuration {
        try file.checkForParts()
        guard file.values["general.architecture"] == .string("gpt2") else {
            let found =
                switch file.values["general.architecture"] {
                case .string(let name): "is \(quoted(name))"
                case nil: "is missing"
                default: "is not a text"
                }
            throw .unsupported(
                path: file.path, field: "general.architecture",
                problem: "\(found); only gpt2 can be read.")
        }
        func size(_ key: String) throws(InterchangeError) -> Int {
            guard let size = try file.size(key) else {
                throw .malformed(path: file.path, field: key, problem: "is missing.")
            }
            return size
        }
        let epsilonKey = "gpt2.attention.layer_norm_epsilon"
        guard case .number(let epsilon)? = file.values[epsilonKey] else {
            throw file.wrongType(epsilonKey, "a number")
        }
        let width = try size("gpt2.embedding_length")
        let hidden = try file.size("gpt2.feed_forward_length")
        guard hidden == nil || hidden == width.multipliedReportingOverflow(by: 4).partialValue
        else {
            throw .unsupported(
                path: file.path, field: "gpt2.feed_forward_length",
                problem: "is \(hidden ?? 0); only four times the embedding length can be read.")
        }
        return GPT.Configuration(
            // Without the embedding it is missing like any other weight.
            vocabularySize: file[entry: "token_embd.weight"]?.shape.first ?? 1,
            contextLength: try size("gpt2.context_length"), layers: try size("gpt2.block_count"),
            heads: try size("gpt2.attention.head_count"), width: width,
            tiesEmbeddings: file[entry: "output.weight"] == nil, layerNormEps: Float(epsilon))
    }

    static func add(
        _ tokenizer: GGUFTokenizer, to writer: inout GGUFWriter, _ vocabularySize: Int,
        _ path: String
    ) throws(InterchangeError) {
        let spare = vocabularySize - tokenizer.tokens.count
        guard spare >= 0 else {
            throw .unsupported(
                path: path, field: "the tokenizer",
                problem:
                    "has \(tokenizer.tokens.count) tokens, but the model's vocabulary is \(vocabularySize)."
            )
        }
        let unused = (tokenizer.tokens.count..<vocabularySize).map { "[PAD\($0)]" }
        let types =
            tokenizer.types.map(\.rawValue)
            + unused.map { _ in GGUFTokenizer.TokenType.unused.rawValue }
        writer.add("tokenizer.ggml.model", "gpt2")
        // The rule for words; without it llama.cpp warns of degraded quality.
        if let splitting = tokenizer.splitting { writer.add("tokenizer.ggml.pre", splitting) }
        writer.add("tokenizer.ggml.tokens", tokenizer.tokens + unused)
        writer.add("tokenizer.ggml.token_type", types)
        writer.add("tokenizer.ggml.merges", tokenizer.merges)
        if let id = tokenizer.beginOfText { writer.add("tokenizer.ggml.bos_token_id", UInt32(id)) }
        if let id = tokenizer.endOfText { writer.add("tokenizer.ggml.eos_token_id", UInt32(id)) }
        writer.add("tokenizer.ggml.add_bos_token", false)
    }
}
