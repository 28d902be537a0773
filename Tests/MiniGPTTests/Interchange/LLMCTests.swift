import Foundation
import Testing

@testable import MiniGPT

@Suite("llm.c weights")
struct LLMCTests {
    private func header(_ bytes: [UInt8]) -> [Int32] {
        (0..<256).map { index in
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self) }
        }
    }

    @Test func `The header and the order of the numbers are llm.c's`() throws {
        let directory = try TemporaryDirectory()
        var model = randomModel(.tiny())
        // Number every parameter by where it belongs.
        let order =
            ["tokenEmbedding.weight", "positionEmbedding.weight"]
            + [
                "attentionNorm.weight", "attentionNorm.bias", "attention.queryKeyValue.weight",
                "attention.queryKeyValue.bias", "attention.output.weight", "attention.output.bias",
                "feedForwardNorm.weight", "feedForwardNorm.bias", "feedForward.up.weight",
                "feedForward.up.bias", "feedForward.down.weight", "feedForward.down.bias",
            ].flatMap { path in (0..<2).map { "blocks.\($0).\(path)" } }
            + ["finalNorm.weight", "finalNorm.bias"]
        #expect(order.count == model.parameters.count)
        model.mapParameters { name, value in
            Tensor(repeating: Float(order.firstIndex(of: name)!), shape: value.shape)
        }
        let url = directory.file("x.bin")
        try model.export(llmC: url)
        let bytes = [UInt8](try Data(contentsOf: url))
        #expect(header(bytes).prefix(8) == [20_240_326, 3, 24, 97, 2, 4, 32, 128])
        #expect(header(bytes).dropFirst(8).allSatisfy { $0 == 0 })
        let numbers = bytes.dropFirst(1_024).withUnsafeBytes { buffer in
            (0..<buffer.count / 4).map {
                buffer.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
            }
        }
        let expected = order.enumerated().flatMap { place, name in
            [Float](repeating: Float(place), count: model[parameter: name]!.count)
        }
        let padding = 31 * 32
        #expect(numbers.prefix(97 * 32).allSatisfy { $0 == 0 })
        #expect(Array(numbers.dropFirst(97 * 32 + padding)) == Array(expected.dropFirst(97 * 32)))
    }

    @Test func `Models travel there and back bit by bit, without the padding`() throws {
        let directory = try TemporaryDirectory()
        for vocabulary in [97, 128] {
            var configuration = GPT.Configuration.tiny()
            configuration.vocabularySize = vocabulary
            let model = randomModel(configuration)
            try model.export(llmC: directory.file("x.bin"))
            let back = try GPT(llmC: directory.file("x.bin"))
            #expect(haveSameParameters(model, back) && back.configuration == configuration)
        }
    }

    @Test func `What llm.c cannot run is not written`() throws {
        let directory = try TemporaryDirectory()
        for configuration in [
            GPT.Configuration.tiny(tiesEmbeddings: false), .tiny(activation: .gelu),
        ] {
            let model = randomModel(configuration)
            #expect(interchangeError { try model.export(llmC: directory.file("x.bin")) } != nil)
        }
        #expect(directory.names == [])
    }

    @Test(
        arguments: [
            (0, 20_240_520, "llm.c"), (1, 5, "version"), (2, 0, "context"), (2, -1, "context"),
            (3, 129, "padded"), (3, Int32.max, "vocabulary"), (4, 3, "bytes"),
            (4, 1 << 24, "bytes"),
            (5, 5, "heads"), (6, 31, "bytes"), (6, 1 << 24, "bytes"), (7, 96, "padded"),
            (7, 129, "bytes"), (7, Int32.min, "padded"),
        ] as [(Int, Int32, String)])
    func `A header that cannot be is refused by name`(
        _ place: Int, _ value: Int32, _ word: String
    ) throws {
        let directory = try TemporaryDirectory()
        try randomModel(.tiny()).export(llmC: directory.file("x.bin"))
        var bytes = [UInt8](try Data(contentsOf: directory.file("x.bin")))
        bytes.replaceSubrange(4 * place..<4 * place + 4, with: littleEndian(value))
        let url = try directory.write(bytes, as: "y.bin")
        let error = interchangeError { _ = try GPT(llmC: url) }
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }

    @Test func `A file of any other length is refused`() throws {
        let directory = try TemporaryDirectory()
        try randomModel(.tiny()).export(llmC: directory.file("x.bin"))
        let bytes = [UInt8](try Data(contentsOf: directory.file("x.bin")))
        for count in [0, 3, 1_023, 1_024, 5_000, bytes.count - 1] {
            let url = try directory.write(bytes.prefix(count), as: "y.bin")
            #expect(interchangeError { _ = try GPT(llmC: url) } != nil)
        }
        let url = try directory.write(bytes + [0], as: "y.bin")
        #expect(interchangeError { _ = try GPT(llmC: url) } != nil)
    }
}
