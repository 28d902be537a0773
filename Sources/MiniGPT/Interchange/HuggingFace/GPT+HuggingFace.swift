import Foundation
import MiniNN
import MiniSupport
import MiniTensor

extension GPT {
    /// A GPT-2 from a directory in Hugging Face's layout: `config.json` and `model.safetensors` or
    /// `pytorch_model.bin` (or several files and their index), as the Hub has them and
    /// `save_pretrained` writes them.
    ///
    ///     let model = try GPT(huggingFace: URL(fileURLWithPath: "gpt2"))
    ///
    /// Names with and without `transformer.` are understood, mask buffers of old files are passed
    /// over, and the transposed weights of its `Conv1D` layers are turned. The head is the embedding
    /// unless `tie_word_embeddings` is false, or another head is stored, as in `transformers`;
    /// dropout is the configuration's `resid_pdrop`.
    ///
    /// - Throws: `InterchangeError`; `.weights` lists every missing, unexpected or misshapen name.
    public init(huggingFace directory: URL) throws(InterchangeError) {
        let url = directory.appendingPathComponent("config.json")
        let configuration = try asInterchangeError { () throws(FileFailure) in
            try HuggingFaceConfiguration(url).configuration
        }
        let file = try HuggingFaceWeights.open(directory)
        let names = file.entries.map(\.name)
        // A head is read wherever one is stored; whether it is a second copy of the embedding, its
        // numbers tell.
        var stored = configuration
        if names.contains(HuggingFaceNames.head) { stored.tiesEmbeddings = false }
        self = try GPT.skeleton(stored, path: url.path, weightCount: names.count)
        let prefix =
            names.contains { $0.hasPrefix(HuggingFaceNames.prefix) }
            ? HuggingFaceNames.prefix : ""
        try load(
            from: file, naming: { HuggingFaceNames.foreignName($0, prefix: prefix) },
            ignoring: { HuggingFaceNames.isBuffer($0, prefix: prefix) })
        if configuration.tiesEmbeddings { tieEqualHead() }
    }

    /// Writes a directory that `transformers` opens with `from_pretrained`: configuration, generation
    /// defaults, weights, and the tokenizer's files.
    ///
    /// A model without biases is written with zeros for them. Each file appears whole or not at all,
    /// `config.json` last.
    ///
    /// - Parameters:
    ///   - directory: made if it is not there.
    ///   - format: how the numbers are stored; one that has a `safetensorsName`.
    ///   - tokenizerFiles: written as they are, such as `tokenizer.json`.
    ///   - beginOfText: the id of the token a text begins with, if there is one.
    ///   - endOfText: the id of the token that ends a text, if there is one.
    ///   - maximumShardBytes: cut the weights into several files of at most that size.
    /// - Throws: `InterchangeError` if a file cannot be written, safetensors does not have the format,
    ///   or the model's activation is one GPT-2 does not have.
    public func export(
        huggingFace directory: URL, format: NumberFormat = .float32,
        tokenizerFiles: [(name: String, contents: Data)] = [], beginOfText: Int? = nil,
        endOfText: Int? = nil, maximumShardBytes: Int? = nil
    ) throws(InterchangeError) {
        for (name, _) in tokenizerFiles {
            precondition(
                !name.isEmpty && !name.contains("/") && !name.hasPrefix("."),
                "A tokenizer file needs a plain name, not \(name).")
        }
        try format.checkForSafetensors(directory.path)
        let texts = try asInterchangeError { () throws(FileFailure) in
            try HuggingFaceConfiguration.texts(
                for: configuration, format: format, beginOfText: beginOfText,
                endOfText: endOfText, path: directory.path)
        }
        let tensors = parametersWithBiases.map { name, value in
            let theirs = HuggingFaceNames.foreignName(name, prefix: HuggingFaceNames.prefix)
            return (name: theirs.name, value: theirs.isTransposed ? value.T : value)
        }
        try SafetensorsDirectory.write(
            tensors, to: directory, format: format, metadata: ["format": "pt"],
            maximumShardBytes: maximumShardBytes)
        try asInterchangeError { () throws(FileFailure) in
            for (name, contents) in tokenizerFiles {
                try AtomicFile.write(contents, to: directory.appendingPathComponent(name))
            }
            try AtomicFile.write(
                texts.generation.utf8,
                to: directory.appendingPathComponent("generation_config.json"))
            try AtomicFile.write(
                texts.model.utf8, to: directory.appendingPathComponent("config.json"))
        }
    }
}

/// What `transformers` calls the parameters of a GPT-2.
enum HuggingFaceNames {
    /// In front of all names but the head's, unless the file holds the bare model.
    static let prefix = "transformer."
    static let head = "lm_head.weight"

    private static let table = NameTable(
        outside: ["tokenEmbedding": "wte", "positionEmbedding": "wpe", "finalNorm": "ln_f"],
        block: "h.",
        inside: [
            "attentionNorm": "ln_1", "attention.queryKeyValue": "attn.c_attn",
            "attention.output": "attn.c_proj", "feedForwardNorm": "ln_2",
            "feedForward.up": "mlp.c_fc", "feedForward.down": "mlp.c_proj",
        ],
        transposed: [
            "attention.queryKeyValue", "attention.output", "feedForward.up", "feedForward.down",
        ])

    static func foreignName(_ name: String, prefix: String) -> ForeignName {
        if name == "head.weight" { return ForeignName(name: head) }
        var result = table(name)
        result.name = prefix + result.name
        return result
    }

    /// Whether it is the causal mask or its fill value, which old files hold for every layer:
    /// `h.0.attn.bias`.
    static func isBuffer(_ name: String, prefix: String) -> Bool {
        let parts = name.dropFirst(name.hasPrefix(prefix) ? prefix.count : 0).split(separator: ".")
        return parts.count == 4 && parts[0] == "h" && parts[1].allSatisfy(\.isNumber)
            && parts[2] == "attn" && (parts[3] == "bias" || parts[3] == "masked_bias")
    }
}
