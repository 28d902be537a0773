import Foundation
import MiniNN
import MiniSupport
import MiniTensor

/// The `config.json` of a GPT-2 in Hugging Face's layout.
struct HuggingFaceConfiguration {
    private(set) var configuration: GPT.Configuration

    /// All names of `transformers` for the two forms of GELU.
    private static let activations: [String: Activation] = [
        "gelu": .gelu, "gelu_python": .gelu, "gelu_new": .geluApproximate,
        "gelu_pytorch_tanh": .geluApproximate, "gelu_python_tanh": .geluApproximate,
        "gelu_fast": .geluApproximate, "gelu_accurate": .geluApproximate,
    ]

    /// The names that all models share in `transformers`, and what they mean for a GPT-2.
    private static let attributes = [
        "max_position_embeddings": "n_positions", "hidden_size": "n_embd",
        "num_hidden_layers": "n_layer", "num_attention_heads": "n_head",
    ]

    /// The sizes that `GPT2Config` has where a file says nothing.
    private static let defaults = [
        "vocab_size": 50_257, "n_positions": 1_024, "n_embd": 768, "n_layer": 12, "n_head": 12,
    ]

    /// Reads the file. What it does not say has the value that `transformers` takes for it.
    ///
    /// - Throws: `FileFailure` if it is not JSON (with Python's `NaN` and `Infinity`), or asks for
    ///   something that would change the logits and is not there: another activation, a hidden layer
    ///   that is not four times as wide, attention scaled otherwise.
    init(_ url: URL) throws(FileFailure) {
        let text = try ReadableFile.foreignText(of: url, limit: 1 << 20)
        let fields = try JSONReader<FileFailure>.read(
            text, of: url.path, as: "the configuration"
        ) { (reader) throws(FileFailure) in
            var fields = Fields()
            reader.acceptsPythonNumbers = true
            try reader.object { (reader, key) throws(FileFailure) in
                try fields.read(&reader, key)
            }
            try reader.end()
            return fields
        }
        configuration = try fields.configuration(url.path)
    }

    private struct Fields {
        var sizes: [String: Int] = [:]
        /// Sizes under the names that all models share, which win.
        var attributes: [String: Int] = [:]
        var words: [String: String] = [:]
        var switches: [String: Bool] = [:]
        var numbers: [String: Double] = [:]

        mutating func read(
            _ reader: inout JSONReader<FileFailure>, _ key: String
        ) throws(FileFailure) {
            if try reader.takeNull() {
                guard HuggingFaceConfiguration.defaults[key] == nil else {
                    throw .malformed(path: reader.file, field: key, problem: "is null.")
                }
                return
            }
            if let name = HuggingFaceConfiguration.attributes[key] {
                attributes[name] = try reader.wholeNumber()
                return
            }
            switch key {
            case "vocab_size", "n_positions", "n_ctx", "n_embd", "n_layer", "n_head", "n_inner":
                sizes[key] = try reader.wholeNumber()
            case "model_type", "activation_function":
                words[key] = try reader.string()
            case "tie_word_embeddings", "scale_attn_weights", "scale_attn_by_inverse_layer_idx",
                "add_cross_attention":
                switches[key] = try reader.boolean()
            case "layer_norm_epsilon", "resid_pdrop":
                numbers[key] = try reader.number()
            default:
                try reader.skip()
            }
        }

        func configuration(_ path: String) throws(FileFailure) -> GPT.Configuration {
            func size(_ key: String) -> Int {
                // Old files have n_ctx alone.
                let old = key == "n_positions" ? sizes["n_ctx"] : nil
                return attributes[key] ?? sizes[key] ?? old
                    ?? HuggingFaceConfiguration.defaults[key] ?? 0
            }
            func require(
                _ condition: Bool, _ field: String, _ problem: String
            ) throws(FileFailure) {
                if !condition { throw .unsupported(path: path, field: field, problem: problem) }
            }
            let type = words["model_type"] ?? "gpt2"
            try require(type == "gpt2", "model_type", "is \(quoted(type)); only gpt2 can be read.")
            let word = words["activation_function"] ?? "gelu_new"
            guard let activation = HuggingFaceConfiguration.activations[word] else {
                throw .unsupported(
                    path: path, field: "activation_function",
                    problem:
                        "is \(quoted(word)); \(HuggingFaceConfiguration.activations.keys.sorted().joined(separator: ", ")) can be read."
                )
            }
            let width = size("n_embd")
            try require(
                sizes["n_inner"] == nil
                    || sizes["n_inner"] == width.multipliedReportingOverflow(by: 4).partialValue,
                "n_inner", "is \(sizes["n_inner"] ?? 0); only four times n_embd can be read.")
            try require(switches["scale_attn_weights"] ?? true, "scale_attn_weights", "is false.")
            for field in ["scale_attn_by_inverse_layer_idx", "add_cross_attention"] {
                try require(!(switches[field] ?? false), field, "is true.")
            }
            return GPT.Configuration(
                vocabularySize: size("vocab_size"), contextLength: size("n_positions"),
                layers: size("n_layer"), heads: size("n_head"), width: width,
                dropout: Float(numbers["resid_pdrop"] ?? 0.1),
                tiesEmbeddings: switches["tie_word_embeddings"] ?? true, activation: activation,
                layerNormEps: Float(numbers["layer_norm_epsilon"] ?? 1e-5))
        }
    }

    // MARK: Writing

    /// The text of a `config.json`, and of the `generation_config.json` beside it.
    static func texts(
        for c: GPT.Configuration, format: NumberFormat, beginOfText: Int?, endOfText: Int?,
        path: String
    ) throws(FileFailure) -> (model: String, generation: String) {
        let activation: String
        switch c.activation {
        case .gelu: activation = "gelu"
        case .geluApproximate: activation = "gelu_new"
        default:
            throw .unsupported(
                path: path, field: "the activation",
                problem: "is \(c.activation), which this writer of GPT-2 does not know.")
        }
        // Left out, the ids would be 50256, which a small vocabulary does not have.
        let begin = beginOfText.map(String.init) ?? "null"
        let end = endOfText.map(String.init) ?? "null"
        let model: [(key: String, value: String)] = [
            ("activation_function", JSONText.string(activation)),
            ("architectures", "[\"GPT2LMHeadModel\"]"),
            ("attn_pdrop", "\(c.dropout)"),
            ("bos_token_id", begin),
            ("dtype", format.torchName.map(JSONText.string) ?? "null"),
            ("embd_pdrop", "\(c.dropout)"),
            ("eos_token_id", end),
            ("initializer_range", "0.02"),
            ("layer_norm_epsilon", "\(c.layerNormEps)"),
            ("model_type", "\"gpt2\""),
            // llama.cpp's converter wants n_ctx, transformers n_positions.
            ("n_ctx", "\(c.contextLength)"),
            ("n_embd", "\(c.width)"),
            ("n_head", "\(c.heads)"),
            ("n_inner", "null"),
            ("n_layer", "\(c.layers)"),
            ("n_positions", "\(c.contextLength)"),
            ("reorder_and_upcast_attn", "false"),
            ("resid_pdrop", "\(c.dropout)"),
            ("scale_attn_by_inverse_layer_idx", "false"),
            ("scale_attn_weights", "true"),
            ("tie_word_embeddings", "\(c.tiesEmbeddings)"),
            ("use_cache", "true"),
            ("vocab_size", "\(c.vocabularySize)"),
        ]
        var generation: [(key: String, value: String)] = [("_from_model_config", "true")]
        if beginOfText != nil { generation.append(("bos_token_id", begin)) }
        if endOfText != nil { generation.append(("eos_token_id", end)) }
        return (JSONText.lines(model) + "\n", JSONText.lines(generation) + "\n")
    }
}

extension GPT.Configuration {
    /// The size and kind of the model in a directory in Hugging Face's layout, from its
    /// `config.json` alone.
    ///
    /// - Throws: `InterchangeError` if that is missing, or of a model that cannot be read.
    public init(huggingFace directory: URL) throws(InterchangeError) {
        let url = directory.appendingPathComponent("config.json")
        let file = try asInterchangeError { () throws(FileFailure) in
            try HuggingFaceConfiguration(url)
        }
        self = try file.configuration.checked(url.path)
    }

    /// The same, if its sizes are possible ones.
    func checked(_ path: String) throws(InterchangeError) -> GPT.Configuration {
        do throws(GPT.ConfigurationError) {
            try validate()
        } catch {
            throw .malformed(path: path, field: "the configuration", problem: error.description)
        }
        return self
    }
}
