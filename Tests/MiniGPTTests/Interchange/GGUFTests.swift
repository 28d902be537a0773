import Foundation
import Testing

@testable import MiniGPT

@Suite("GGUF")
struct GGUFTests {
    private let reference = golden("gpt2-q8_0.gguf")

    @Test func `Reads values of every type that llama.cpp's own package wrote`() throws {
        let file = try GGUFFile(golden("mixed.gguf"))
        let expected: [String: GGUFValue] = [
            "general.architecture": .string("mixed"), "general.alignment": .integer(64),
            "u8": .integer(255), "i8": .integer(-128), "u16": .integer(65_535),
            "i16": .integer(-32_768), "u32": .integer(4_294_967_295),
            "i32": .integer(-2_147_483_648), "u64": .unsigned(.max), "i64": .integer(.min),
            "f32": .number(1.5), "f64": .number(-0.1), "yes": .boolean(true),
            "text": .string("été"), "numbers": .array(count: 3), "texts": .array(count: 3),
        ]
        #expect(file.values == expected)
        #expect(try file.integers("numbers") == [3, -4, 5])
        #expect(try file.strings("texts") == ["a", "", "ß"])
        #expect(try file.strings("nothing") == nil)
        #expect(interchangeError { _ = try file.strings("numbers") } != nil)
        #expect(interchangeError { _ = try file.integers("texts") } != nil)
        #expect(interchangeError { _ = try file.strings("u8") } != nil)
    }

    @Test func `Reads tensors of every type that llama.cpp's own package wrote`() throws {
        let file = try GGUFFile(golden("mixed.gguf"))
        let numbers = (0..<96).map { (Float($0) - 40) / 7 }
        #expect(try file.tensor("float32").scalars == numbers)
        #expect(try file.tensor("cube").shape == [2, 3, 16])
        #expect(
            try file.tensor("float16").scalars
                == numbers.map { HalfPrecision.single(HalfPrecision.half($0)) })
        for (number, found) in zip(numbers, try file.tensor("bfloat16").scalars) {
            #expect((number - found).magnitude <= number.magnitude / 256)
        }
        for (number, found) in zip(numbers, try file.tensor("q8_0").scalars) {
            #expect((number - found).magnitude <= 8 / 127 * 0.51)
        }
        #expect(file[entry: "q4_0"]?.type == "Q4_0")
        for (number, found) in zip(numbers, try file.tensor("q4_0").scalars) {
            #expect((number - found).magnitude <= 8 / 8 * 0.51)
        }
        var bytes = [UInt8](repeating: 0, count: 54)
        bytes.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            NumberFormat.q4.encode(numbers, count: 96, into: start)
        }
        #expect(try file.bytes(of: "q4_0") == bytes)
    }

    @Test func `Writes the very bytes of llama.cpp's own package, tensor by tensor`() throws {
        let directory = try TemporaryDirectory()
        let model = try GPT(huggingFace: golden("gpt2"))
        let theirs = try GGUFFile(reference)
        try model.export(
            gguf: directory.file("q8"), format: .q8, tokenizer: theirs.tokenizer(), name: "tiny")
        let ours = try GGUFFile(directory.file("q8"))
        #expect(Set(ours.entries.map(\.name)) == Set(theirs.entries.map(\.name)))
        for entry in theirs.entries {
            #expect(ours[entry: entry.name]?.type == entry.type)
            #expect(ours[entry: entry.name]?.shape == entry.shape)
            #expect(try ours.bytes(of: entry.name) == theirs.bytes(of: entry.name), "\(entry.name)")
        }
        for (key, value) in theirs.values { #expect(ours.values[key] == value, "\(key)") }
        #expect(try ours.tokenizer() == theirs.tokenizer())
        #expect(ours.values["tokenizer.ggml.add_bos_token"] == .boolean(false))
    }

    @Test func `A model of llama.cpp's package gives the logits of its source, almost`() throws {
        let source = try GPT(huggingFace: golden("gpt2"))
        let model = try GPT(gguf: reference)
        let tokens = TokenBatch((0..<24).map { Int32(($0 * 7 + 3) % 97) })
        let differences = zip(source(tokens).scalars, model(tokens).scalars).map {
            ($0 - $1).magnitude
        }
        #expect(differences.max()! < 0.1 && differences.max()! > 0)
        #expect(try GGUFFile(reference).tokenizer()?.endOfText == 96)
        #expect(try GGUFFile(reference).tokenizer()?.types.last == .control)
    }

    @Test(arguments: [true, false])
    func `Models travel there and back bit by bit`(_ ties: Bool) throws {
        let directory = try TemporaryDirectory()
        let model = randomModel(.tiny(tiesEmbeddings: ties))
        try model.export(gguf: directory.file("x"))
        let back = try GPT(gguf: directory.file("x"))
        #expect(haveSameParameters(model, back) && back.configuration == model.configuration)
    }

    @Test(arguments: [NumberFormat.float16, .bfloat16, .q8])
    func `What was rounded once is not rounded again`(_ format: NumberFormat) throws {
        let directory = try TemporaryDirectory()
        let model = randomModel(.tiny())
        try model.export(gguf: directory.file("a"), format: format)
        let once = try GPT(gguf: directory.file("a"))
        try once.export(gguf: directory.file("b"), format: format)
        #expect(!haveSameParameters(model, once))
        #expect(haveSameParameters(once, try GPT(gguf: directory.file("b"))))
        let limits: [NumberFormat: Int] = [.float16: 75_000, .bfloat16: 75_000, .q8: 45_000]
        #expect(try Data(contentsOf: directory.file("a")).count < limits[format]!)
    }

    @Test func `A head that is a second copy of the embedding is the embedding`() throws {
        let directory = try TemporaryDirectory()
        var model = randomModel(.tiny(tiesEmbeddings: false))
        model.head?.weight = model.tokenEmbedding.weight
        try model.export(gguf: directory.file("x"))
        let back = try GPT(gguf: directory.file("x"))
        #expect(back.head == nil && back.configuration.tiesEmbeddings)
        let tokens: TokenBatch = [[1, 2, 3]]
        #expect(back(tokens).scalars == model(tokens).scalars)
    }

    @Test func `A vocabulary larger than the tokenizer's is filled up, a smaller one refused`()
        throws
    {
        let directory = try TemporaryDirectory()
        let model = randomModel(.tiny())
        let small = GGUFTokenizer(tokens: ["a", "b"], merges: ["a b"], endOfText: 1)
        try model.export(gguf: directory.file("x"), tokenizer: small)
        let tokenizer = try GGUFFile(directory.file("x")).tokenizer()
        #expect(tokenizer?.tokens.count == 97 && tokenizer?.tokens[96] == "[PAD96]")
        #expect(tokenizer?.types.suffix(95).allSatisfy { $0 == .unused } == true)
        #expect(tokenizer?.merges == ["a b"] && tokenizer?.beginOfText == nil)
        let large = GGUFTokenizer(tokens: (0..<98).map { "\($0)" }, merges: [])
        let error = interchangeError {
            try model.export(gguf: directory.file("y"), tokenizer: large)
        }
        #expect(error?.description.contains("98") == true && directory.names == ["x"])
    }

    @Test func `What llama.cpp cannot run is not written`() throws {
        let directory = try TemporaryDirectory()
        let exact = randomModel(.tiny(activation: .gelu))
        #expect(interchangeError { try exact.export(gguf: directory.file("x")) } != nil)
        var broken = randomModel(.tiny())
        broken[parameter: "blocks.1.feedForward.up.weight"] = Tensor(
            repeating: .nan, shape: [128, 32])
        let error = interchangeError { try broken.export(gguf: directory.file("x"), format: .q8) }
        #expect(error?.description.contains("blk.1.ffn_up.weight") == true)
        #expect(directory.names == [])
    }

    @Test func `Rows that do not fill blocks are stored as halves`() throws {
        let directory = try TemporaryDirectory()
        let model = randomModel(
            .init(vocabularySize: 11, contextLength: 4, layers: 1, heads: 2, width: 24))
        try model.export(gguf: directory.file("x"), format: .q8)
        let file = try GGUFFile(directory.file("x"))
        #expect(file[entry: "token_embd.weight"]?.type == "F16")
        #expect(file[entry: "blk.0.ffn_down.weight"]?.type == "Q8_0")
    }
}
