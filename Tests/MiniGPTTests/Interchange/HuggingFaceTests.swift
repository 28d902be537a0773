import Foundation
import Testing

@testable import MiniGPT

@Suite("Hugging Face layout")
struct HuggingFaceTests {
    private let reference = golden("gpt2")

    private func expected(_ name: String) throws -> Tensor {
        try SafetensorsFile(reference.appendingPathComponent("expected.safetensors")).tensor(name)
    }

    private let tokens = TokenBatch((0..<24).map { Int32(($0 * 7 + 3) % 97) })

    private func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
        zip(a.scalars, b.scalars).map { ($0 - $1).magnitude }.max() ?? .infinity
    }

    /// Copies the golden directory and changes its configuration.
    private func copy(
        to directory: TemporaryDirectory, replacing old: String = "", with new: String = ""
    ) throws {
        for name in ["config.json", "model.safetensors"] {
            let source = reference.appendingPathComponent(name)
            try FileManager.default.copyItem(at: source, to: directory.file(name))
        }
        guard !old.isEmpty else { return }
        let text = try String(contentsOf: directory.file("config.json"), encoding: .utf8)
        #expect(text.contains(old))
        _ = try directory.write(
            text.replacingOccurrences(of: old, with: new).utf8, as: "config.json")
    }

    @Test func `A model of transformers gives the logits it gave there`() throws {
        let model = try GPT(huggingFace: reference)
        let logits = model(tokens)
        #expect(largestDifference(logits, try expected("logits")) < 1e-4)
        // The logits are large enough for that to mean something.
        #expect(try expected("logits").scalars.map(\.magnitude).max()! > 3)
        #expect(
            model.configuration
                == {
                    var expected = GPT.Configuration.tiny()
                    expected.dropout = 0.1
                    return expected
                }())
    }

    @Test func `The exact GELU is told from the approximate one`() throws {
        let directory = try TemporaryDirectory()
        try copy(to: directory, replacing: "gelu_new", with: "gelu")
        let logits = try GPT(huggingFace: directory.url)(tokens)
        #expect(largestDifference(logits, try expected("gelu_logits")) < 1e-4)
        #expect(largestDifference(logits, try expected("logits")) > 1e-4)
    }

    @Test func `Exported again, every byte of the weights is that of transformers`() throws {
        let directory = try TemporaryDirectory()
        let model = try GPT(huggingFace: reference)
        try model.export(huggingFace: directory.url, beginOfText: 1, endOfText: 2)
        let name = "model.safetensors"
        #expect(
            try Data(contentsOf: directory.file(name))
                == Data(contentsOf: reference.appendingPathComponent(name)))
    }

    @Test func `The exported configuration says what that of transformers says`() throws {
        let directory = try TemporaryDirectory()
        try GPT(huggingFace: reference).export(
            huggingFace: directory.url, beginOfText: 1, endOfText: 2)
        func object(_ url: URL) throws -> [String: NSObject] {
            try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: NSObject]
                ?? [:]
        }
        let ours = try object(directory.file("config.json"))
        let theirs = try object(reference.appendingPathComponent("config.json"))
        #expect(ours["n_ctx"] == NSNumber(value: 24))
        // The range of an initialisation that is over.
        let free: Set<String> = ["n_ctx", "initializer_range"]
        for (key, value) in ours where !free.contains(key) {
            #expect(value == theirs[key], "\(key)")
        }
        for key in [
            "vocab_size", "n_positions", "n_embd", "n_layer", "n_head", "tie_word_embeddings",
        ] {
            #expect(ours[key] != nil)
        }
        let generation = try object(directory.file("generation_config.json"))
        #expect(generation["bos_token_id"] == NSNumber(value: 1))
        #expect(generation["eos_token_id"] == NSNumber(value: 2))
    }

    @Test func `Ids that are not known are null, not those of the large vocabulary`() throws {
        let directory = try TemporaryDirectory()
        try randomModel(.tiny()).export(
            huggingFace: directory.url, tokenizerFiles: [("vocab.json", Data("{}".utf8))])
        let text = try String(contentsOf: directory.file("config.json"), encoding: .utf8)
        #expect(text.contains("\"eos_token_id\": null") && text.contains("\"bos_token_id\": null"))
        #expect(try Data(contentsOf: directory.file("vocab.json")) == Data("{}".utf8))
        #expect(
            directory.names == [
                "config.json", "generation_config.json", "model.safetensors", "vocab.json",
            ])
    }

    @Test(arguments: [true, false], [Activation.gelu, .geluApproximate])
    func `Models travel there and back bit by bit`(_ ties: Bool, _ activation: Activation) throws {
        let directory = try TemporaryDirectory()
        let model = randomModel(.tiny(tiesEmbeddings: ties, activation: activation))
        for limit in [nil, 30_000] {
            try model.export(huggingFace: directory.url, maximumShardBytes: limit)
            let back = try GPT(huggingFace: directory.url)
            #expect(haveSameParameters(model, back) && back.configuration == model.configuration)
        }
    }

    @Test func `A model without biases is written with zeros and computes the same`() throws {
        let directory = try TemporaryDirectory()
        let model = randomModel(.tiny(usesBias: false))
        try model.export(huggingFace: directory.url)
        let back = try GPT(huggingFace: directory.url)
        #expect(back.configuration.usesBias)
        #expect(
            back[parameter: "blocks.1.feedForward.up.bias"]?.scalars.allSatisfy { $0 == 0 } == true)
        #expect(largestDifference(model(tokens), back(tokens)) < 1e-5)
    }

    @Test(arguments: [NumberFormat.float16, .bfloat16])
    func `Half the bytes lose half the digits`(_ format: NumberFormat) throws {
        let directory = try TemporaryDirectory()
        let model = try GPT(huggingFace: reference)
        try model.export(huggingFace: directory.url, format: format)
        let back = try GPT(huggingFace: directory.url)
        let difference = largestDifference(model(tokens), back(tokens))
        #expect(difference > 0 && difference < (format == .float16 ? 0.02 : 0.2))
    }

    @Test func `Names without prefix, mask buffers and a second copy of the head are understood`()
        throws
    {
        let directory = try TemporaryDirectory()
        let file = try SafetensorsFile(reference.appendingPathComponent("model.safetensors"))
        var tensors = try file.entries.map { entry in
            (
                name: String(entry.name.dropFirst("transformer.".count)),
                value: try file.tensor(entry.name)
            )
        }
        for layer in 0..<2 {
            tensors.append(("h.\(layer).attn.bias", .ones([1, 1, 24, 24])))
            tensors.append(("h.\(layer).attn.masked_bias", Tensor(-10_000)))
        }
        tensors.append(("lm_head.weight", try file.tensor("transformer.wte.weight")))
        try copy(to: directory)
        try SafetensorsDirectory.write(tensors, to: directory.url)
        let model = try GPT(huggingFace: directory.url)
        #expect(haveSameParameters(model, try GPT(huggingFace: reference)))
    }

    @Test func `Every name that does not fit is reported at once`() throws {
        let directory = try TemporaryDirectory()
        let file = try SafetensorsFile(reference.appendingPathComponent("model.safetensors"))
        var tensors = try file.entries.map { (name: $0.name, value: try file.tensor($0.name)) }
        tensors.removeAll { $0.name.contains("h.1.ln_1") || $0.name.hasSuffix("wpe.weight") }
        tensors.append(("transformer.h.2.ln_1.weight", .ones([32])))
        tensors.append(("extra", [1]))
        let index = tensors.firstIndex { $0.name.hasSuffix("h.0.mlp.c_fc.weight") }!
        tensors[index].value = tensors[index].value.T
        try copy(to: directory)
        try SafetensorsDirectory.write(tensors, to: directory.url)
        let error = interchangeError { _ = try GPT(huggingFace: directory.url) }
        guard case .weights(let mismatch)? = error else {
            Issue.record("\(String(describing: error)) is not about weights.")
            return
        }
        let prefix = "transformer."
        #expect(
            Set(mismatch.missing) == [
                prefix + "h.1.ln_1.weight", prefix + "h.1.ln_1.bias", prefix + "wpe.weight",
            ])
        #expect(Set(mismatch.unexpected) == [prefix + "h.2.ln_1.weight", "extra"])
        #expect(
            mismatch.misshapen == [
                .init(name: prefix + "h.0.mlp.c_fc.weight", expected: [32, 128], found: [128, 32])
            ])
        for name in mismatch.missing + mismatch.unexpected {
            #expect(mismatch.description.contains(name))
        }
    }

    @Test(arguments: [
        ("\"gelu_new\"", "\"relu\"", "activation_function"),
        ("\"n_inner\": null", "\"n_inner\": 64", "n_inner"),
        ("\"model_type\": \"gpt2\"", "\"model_type\": \"llama\"", "model_type"),
        ("\"scale_attn_weights\": true", "\"scale_attn_weights\": false", "scale_attn_weights"),
        (
            "\"scale_attn_by_inverse_layer_idx\": false",
            "\"scale_attn_by_inverse_layer_idx\": true",
            "scale_attn_by_inverse_layer_idx"
        ),
        ("\"add_cross_attention\": false", "\"add_cross_attention\": true", "add_cross_attention"),
        ("\"n_embd\": 32", "\"n_embd\": null", "n_embd"),
        ("\"n_embd\": 32", "\"n_embd\": 9223372036854775807", "width"),
        ("\"n_embd\": 32", "\"n_embd\": 1e1", "whole number"),
        ("\"n_embd\": 32", "\"n_embd\": 33", "33"),
        ("\"n_head\": 4", "\"n_head\": 5", "heads"),
        ("\"n_head\": 4", "\"n_head\": 0", "heads"),
        ("\"n_layer\": 2", "\"n_layer\": 16777216", "layers"),
        ("\"n_layer\": 2", "\"n_layer\": 2, \"n_layer\": 3", "twice"),
        ("\"vocab_size\": 97", "\"vocab_size\": 16777216", "wte.weight"),
        ("\"n_positions\": 24", "\"n_positions\": 25", "wpe.weight"),
        ("\"layer_norm_epsilon\": 1e-05", "\"layer_norm_epsilon\": 0", "layerNormEps"),
        ("\"resid_pdrop\": 0.1", "\"resid_pdrop\": 1.5", "dropout"),
        ("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false", "lm_head.weight"),
        ("\"vocab_size\": 97", "\"vocab_size\": 97]", "','"),
    ])
    func `A configuration that cannot be is refused by name`(
        _ old: String, _ new: String, _ word: String
    ) throws {
        let directory = try TemporaryDirectory()
        try copy(to: directory, replacing: old, with: new)
        let error = interchangeError { _ = try GPT(huggingFace: directory.url) }
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }

    // MARK: Heads

    /// The golden model with a head stored beside the embedding, whose configuration says `ties`.
    private func withStoredHead(
        _ directory: TemporaryDirectory, ties: String, isCopy: Bool
    ) throws -> GPT {
        var untied = GPT.Configuration.tiny(tiesEmbeddings: false)
        untied.dropout = 0.1
        let model = randomModel(untied)
        var stored = model
        if isCopy { stored.head?.weight = stored.tokenEmbedding.weight }
        try stored.export(huggingFace: directory.url)
        let text = try String(contentsOf: directory.file("config.json"), encoding: .utf8)
        #expect(text.contains("\"tie_word_embeddings\": false,"))
        _ = try directory.write(
            text.replacingOccurrences(of: "\"tie_word_embeddings\": false,", with: ties).utf8,
            as: "config.json")
        return stored
    }

    @Test(arguments: ["", "\"tie_word_embeddings\": true,"])
    func `A stored head that differs from the embedding is the head, whatever is said`(
        _ ties: String
    ) throws {
        let directory = try TemporaryDirectory()
        let stored = try withStoredHead(directory, ties: ties, isCopy: false)
        let model = try GPT(huggingFace: directory.url)
        #expect(haveSameParameters(model, stored) && !model.configuration.tiesEmbeddings)
        #expect(model(tokens).scalars == stored(tokens).scalars)
    }

    @Test func `A stored head that is a copy of the embedding is the embedding`() throws {
        let directory = try TemporaryDirectory()
        _ = try withStoredHead(directory, ties: "", isCopy: true)
        let model = try GPT(huggingFace: directory.url)
        #expect(model.head == nil && model.configuration.tiesEmbeddings)
    }

    // MARK: Configurations

    private func configuration(_ text: String) throws -> GPT.Configuration {
        let directory = try TemporaryDirectory()
        _ = try directory.write(text.utf8, as: "config.json")
        return try GPT.Configuration(huggingFace: directory.url)
    }

    @Test func `What a configuration does not say has the value that transformers takes`() throws {
        let small = try configuration("{\"model_type\":\"gpt2\",\"n_layer\":2,\"n_embd\":48}")
        #expect(small.layers == 2 && small.width == 48)
        #expect(small.vocabularySize == 50_257 && small.contextLength == 1_024 && small.heads == 12)
        #expect(small.dropout == 0.1 && small.layerNormEps == 1e-5 && small.tiesEmbeddings)
        var expected = GPT.Configuration.gpt2
        expected.dropout = 0.1
        #expect(try configuration("{}") == expected)
        // Old files have n_ctx, and it counts only without n_positions.
        #expect(try configuration("{\"n_ctx\":64}").contextLength == 64)
        #expect(try configuration("{\"n_ctx\":64,\"n_positions\":32}").contextLength == 32)
    }

    @Test func `Sizes may have the names that all models share`() throws {
        let found = try configuration(
            "{\"hidden_size\":48,\"num_hidden_layers\":3,\"num_attention_heads\":6,\"max_position_embeddings\":20,\"n_embd\":32}"
        )
        #expect(found.width == 48 && found.layers == 3 && found.heads == 6)
        #expect(found.contextLength == 20)
    }

    @Test func `Python's NaN and Infinity are read, and refused where they matter`() throws {
        let found = try configuration(
            "{\"n_layer\":2,\"initializer_range\":NaN,\"a\":[Infinity,{\"b\":-Infinity}]}")
        #expect(found.layers == 2)
        for member in ["\"layer_norm_epsilon\":NaN", "\"resid_pdrop\":-Infinity"] {
            let error = interchangeError { _ = try configuration("{\(member)}") }
            #expect(error?.description.contains("must be") == true, "\(member)")
        }
        for text in ["{\"a\":Nan}", "{\"a\":Inf}", "{\"a\":-NaN}", "{\"n_layer\":NaN}"] {
            #expect(interchangeError { _ = try configuration(text) } != nil, "\(text)")
        }
    }

    @Test(arguments: [
        ("gelu", Activation.gelu), ("gelu_python", .gelu), ("gelu_new", .geluApproximate),
        ("gelu_fast", .geluApproximate), ("gelu_accurate", .geluApproximate),
        ("gelu_pytorch_tanh", .geluApproximate), ("gelu_python_tanh", .geluApproximate),
    ])
    func `Every name of GELU is known`(_ name: String, _ activation: Activation) throws {
        let found = try configuration("{\"activation_function\":\"\(name)\"}")
        #expect(found.activation == activation)
        let error = interchangeError {
            _ = try configuration("{\"activation_function\":\"relu\"}")
        }
        #expect(error?.description.contains(name) == true)
    }

    // MARK: What stands in place of weights

    private static let instead: [(name: String, text: String, words: [String])] = [
        (
            "model.safetensors",
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 548105171\n",
            ["Git LFS", "548,105,171", "git lfs pull"]
        ),
        ("model.safetensors", "<!DOCTYPE html><html></html>", ["web page", "/resolve/"]),
        ("model.safetensors", "Entry not found", ["server's answer", "Entry not found"]),
        ("pytorch_model.bin", "Repository not found", ["server's answer"]),
        ("pytorch_model.bin", "version https://git-lfs.github.com/spec/v1\n", ["git lfs pull"]),
        ("model.safetensors", "PK\u{3}\u{4}\u{0}\u{0}\u{8}\u{8}\u{0}\u{0}", ["ZIP", "torch.save"]),
        ("model.safetensors.incomplete", "", ["not finished"]),
        ("tf_model.h5", "x", ["from_tf=True"]), ("adapter_model.safetensors", "x", ["peft"]),
        ("weights.safetensors", "x", ["weights.safetensors", "that name"]),
        ("README.md", "x", ["model.safetensors", "pytorch_model.bin", "hf download"]),
    ]

    @Test(arguments: instead.indices)
    func `What stands in place of weights is named, with what helps`(_ index: Int) throws {
        let (name, text, words) = Self.instead[index]
        let directory = try TemporaryDirectory()
        _ = try directory.write("{}".utf8, as: "config.json")
        _ = try directory.write(text.utf8, as: name)
        let error = interchangeError { _ = try GPT(huggingFace: directory.url) }
        let sentence = error?.description ?? ""
        for word in words { #expect(sentence.contains(word), "\(name): \(sentence)") }
        #expect(!sentence.contains("damaged"))
    }

    @Test func `A page in place of the configuration is named`() throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write("<html>".utf8, as: "config.json")
        let error = interchangeError { _ = try GPT(huggingFace: directory.url) }
        #expect(error?.description.contains("web page") == true)
    }

    @Test func `A download that broke off is named`() throws {
        let directory = try TemporaryDirectory()
        try copy(to: directory)
        let bytes = [UInt8](try Data(contentsOf: directory.file("model.safetensors")))
        for count in [5_000, bytes.count / 2, bytes.count - 1] {
            _ = try directory.write(bytes.prefix(count), as: "model.safetensors")
            let error = interchangeError { _ = try GPT(huggingFace: directory.url) }
            #expect(error?.description.contains("broke off") == true, "\(count)")
        }
    }
}
