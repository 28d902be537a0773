import Foundation
import Testing

@testable import MiniGPT

/// A GGUF file put together piece by piece, so that each piece can be wrong.
private struct Builder {
    var magic = Array("GGUF".utf8)
    var version: UInt32 = 3
    var tensorCount: UInt64?
    var keyCount: UInt64?
    var keys: [[UInt8]] = [Builder.key("general.architecture", 8, Builder.text("gpt2"))]
    var tensors: [[UInt8]] = [Builder.tensor("a", [4, 2], type: 0, offset: 0)]
    var padding: Int?
    var data = 32

    static func text(_ text: String) -> [UInt8] {
        littleEndian(UInt64(text.utf8.count)) + Array(text.utf8)
    }

    static func key(_ name: String, _ type: UInt32, _ value: [UInt8]) -> [UInt8] {
        text(name) + littleEndian(type) + value
    }

    static func array(_ type: UInt32, _ count: UInt64, _ elements: [UInt8]) -> [UInt8] {
        littleEndian(type) + littleEndian(count) + elements
    }

    static func tensor(
        _ name: String, _ extents: [UInt64], rank: UInt32? = nil, type: UInt32, offset: UInt64
    ) -> [UInt8] {
        text(name) + littleEndian(rank ?? UInt32(extents.count))
            + extents.flatMap { littleEndian($0) }
            + littleEndian(type) + littleEndian(offset)
    }

    var bytes: [UInt8] {
        var bytes = magic + littleEndian(version)
        bytes += littleEndian(tensorCount ?? UInt64(tensors.count))
        bytes += littleEndian(keyCount ?? UInt64(keys.count))
        bytes += Array(keys.joined()) + Array(tensors.joined())
        bytes += [UInt8](repeating: 0, count: padding ?? (32 - bytes.count % 32) % 32)
        return bytes + [UInt8](repeating: 1, count: data)
    }

    static func with(_ change: (inout Builder) -> Void) -> [UInt8] {
        var builder = Builder()
        change(&builder)
        return builder.bytes
    }

    /// With one more key.
    static func extraKey(_ name: String, _ type: UInt32, _ value: [UInt8]) -> [UInt8] {
        with { $0.keys.append(key(name, type, value)) }
    }

    /// With another tensor than the sound one.
    static func only(
        _ extents: [UInt64], name: String = "a", rank: UInt32? = nil, type: UInt32 = 0,
        offset: UInt64 = 0, data: Int = 32
    ) -> [UInt8] {
        with {
            $0.tensors = [tensor(name, extents, rank: rank, type: type, offset: offset)]
            $0.data = data
        }
    }

    /// With a second tensor.
    static func second(_ name: String, offset: UInt64, data: Int) -> [UInt8] {
        with {
            $0.tensors.append(tensor(name, [8], type: 0, offset: offset))
            $0.data = data
        }
    }
}

@Suite("Hostile GGUF files")
struct HostileGGUFTests {
    /// Name, bytes, and a word of the complaint.
    static let files: [(String, [UInt8], String)] = [
        ("nothing", [], "GGUF"),
        ("magic alone", Array("GGUF".utf8), "GGUF"),
        ("another magic", Builder.with { $0.magic = Array("GGML".utf8) }, "GGUF"),
        ("version 0", Builder.with { $0.version = 0 }, "version"),
        ("version 1", Builder.with { $0.version = 1 }, "version"),
        ("version 4", Builder.with { $0.version = 4 }, "version"),
        ("big-endian", Builder.with { $0.version = UInt32(3).byteSwapped }, "big-endian"),
        ("2^64 - 1 tensors", Builder.with { $0.tensorCount = .max }, "number of tensors"),
        ("2^63 tensors", Builder.with { $0.tensorCount = 1 << 63 }, "number of tensors"),
        ("2^32 tensors", Builder.with { $0.tensorCount = 1 << 32 }, "number of tensors"),
        ("more tensors than room", Builder.with { $0.tensorCount = 7 }, "number of tensors"),
        ("one tensor too many", Builder.with { $0.tensorCount = 2 }, "tensor"),
        (
            "one tensor too few",
            Builder.with {
                $0.tensorCount = 0; $0.data = 64
            }, "after the last"
        ),
        ("2^64 - 1 keys", Builder.with { $0.keyCount = .max }, "number of keys"),
        ("2^31 keys", Builder.with { $0.keyCount = 1 << 31 }, "number of keys"),
        ("one key too many", Builder.with { $0.keyCount = 2 }, "name of a tensor"),
        ("one key too few", Builder.with { $0.keyCount = 0 }, "axes"),
        ("key of 2^64 - 1 bytes", Builder.with { $0.keys = [littleEndian(UInt64.max)] }, "a key"),
        ("key of 2^63 bytes", Builder.with { $0.keys = [littleEndian(UInt64(1) << 63)] }, "a key"),
        (
            "key not UTF-8",
            Builder.with {
                $0.keys = [littleEndian(UInt64(1)) + [0xFF] + littleEndian(UInt32(0)) + [1]]
            }, "UTF-8"
        ),
        ("key twice", Builder.extraKey("general.architecture", 8, Builder.text("gpt2")), "twice"),
        ("type 13", Builder.extraKey("k", 13, []), "type 13"),
        ("type 2^32 - 1", Builder.extraKey("k", .max, []), "type"),
        ("text of 2^64 - 1 bytes", Builder.extraKey("k", 8, littleEndian(UInt64.max)), "bytes"),
        ("text of 2^31 bytes", Builder.extraKey("k", 8, littleEndian(UInt64(1) << 31)), "bytes"),
        (
            "text not UTF-8", Builder.extraKey("k", 8, littleEndian(UInt64(2)) + [0xC0, 0x80]),
            "UTF-8"
        ),
        (
            "text longer than the file", Builder.extraKey("k", 8, littleEndian(UInt64(1_000))),
            "bytes"
        ),
        ("boolean 2", Builder.extraKey("k", 7, [2]), "true or false"),
        (
            "array of arrays",
            Builder.extraKey("k", 9, Builder.array(9, 1, Builder.array(0, 1, [1]))),
            "array of arrays"
        ),
        ("array of no type", Builder.extraKey("k", 9, Builder.array(99, 1, [1])), "type 99"),
        (
            "array of 2^64 - 1 bytes", Builder.extraKey("k", 9, Builder.array(0, .max, [])),
            "elements"
        ),
        (
            "array of 2^61 doubles", Builder.extraKey("k", 9, Builder.array(12, 1 << 61, [])),
            "elements"
        ),
        (
            "array of 2^62 words", Builder.extraKey("k", 9, Builder.array(4, 1 << 62, [])),
            "elements"
        ),
        (
            "array of 2^60 texts", Builder.extraKey("k", 9, Builder.array(8, 1 << 60, [])),
            "elements"
        ),
        (
            "array of texts, one too long",
            Builder.extraKey("k", 9, Builder.array(8, 1, littleEndian(UInt64.max))), "bytes"
        ),
        (
            "array one too long",
            Builder.with { $0.keys.append(Builder.key("k", 9, Builder.array(0, 1 << 16, []))) },
            "elements"
        ),
        (
            "alignment 0", Builder.extraKey("general.alignment", 4, littleEndian(UInt32(0))),
            "alignment"
        ),
        (
            "alignment 1", Builder.extraKey("general.alignment", 4, littleEndian(UInt32(1))),
            "alignment"
        ),
        (
            "alignment 33", Builder.extraKey("general.alignment", 4, littleEndian(UInt32(33))),
            "alignment"
        ),
        (
            "alignment 2^31",
            Builder.extraKey("general.alignment", 4, littleEndian(UInt32(1) << 31)), "alignment"
        ),
        (
            "alignment 2^63",
            Builder.extraKey("general.alignment", 10, littleEndian(UInt64(1) << 63)), "alignment"
        ),
        (
            "alignment a text", Builder.extraKey("general.alignment", 8, Builder.text("32")),
            "alignment"
        ),
        (
            "alignment -32", Builder.extraKey("general.alignment", 5, littleEndian(Int32(-32))),
            "alignment"
        ),
        (
            "alignment 4096 without room",
            Builder.extraKey("general.alignment", 4, littleEndian(UInt32(4_096))), "ends before"
        ),
        ("no axes", Builder.only([], rank: 0), "0 axes"),
        ("five axes", Builder.only([1, 1, 1, 1, 8]), "5 axes"),
        ("2^32 - 1 axes", Builder.only([8], rank: .max), "axes"),
        ("axis of 0", Builder.only([0, 8]), "length 0"),
        ("axis of 2^63", Builder.only([1 << 63, 8]), "length"),
        ("axis of 2^64 - 1", Builder.only([.max]), "length"),
        ("elements wrap to 0", Builder.only([1 << 32, 1 << 32]), "counted"),
        ("elements wrap to 8", Builder.only([1 << 61 + 1, 8]), "counted"),
        ("bytes wrap", Builder.only([1 << 62]), "cannot hold"),
        ("bytes wrap in blocks", Builder.only([32, 1 << 57], type: 8), "bytes"),
        ("type 4, which was removed", Builder.only([8], type: 4), "type 4"),
        ("type 2^31", Builder.only([8], type: 1 << 31), "type"),
        ("rows that do not fill blocks", Builder.only([16, 2], type: 8), "rows of 16"),
        (
            "name of 65 bytes", Builder.only([8], name: String(repeating: "n", count: 65)),
            "name of a tensor"
        ),
        ("name twice", Builder.second("a", offset: 32, data: 64), "twice"),
        ("offset 2^64 - 32", Builder.only([8], offset: .max - 31), "starts at"),
        ("offset 2^63", Builder.only([8], offset: 1 << 63), "starts at"),
        ("offset not aligned", Builder.second("b", offset: 33, data: 96), "starts at"),
        ("overlapping", Builder.second("b", offset: 0, data: 64), "starts at"),
        ("a hole", Builder.second("b", offset: 64, data: 96), "starts at"),
        ("beyond the end", Builder.only([16], data: 32), "are left"),
        ("beyond the end by 2^60", Builder.only([1 << 58], data: 32), "are left"),
        ("second beyond the end", Builder.second("b", offset: 32, data: 32), "are left"),
        ("numbers missing", Builder.with { $0.data = 0 }, "are left"),
        (
            "padding missing",
            Builder.with {
                $0.padding = 0; $0.data = 0
            }, "ends before"
        ),
        ("bytes after the last", Builder.with { $0.data = 64 }, "after the last"),
    ]

    @Test func `There are at least sixty of them, and the file they are made from is sound`() throws
    {
        #expect(Self.files.count >= 60)
        #expect(Set(Self.files.map(\.0)).count == Self.files.count)
        let directory = try TemporaryDirectory()
        let file = try GGUFFile(directory.write(Builder().bytes, as: "x"))
        #expect(file.entries.map(\.name) == ["a"] && file.entries[0].shape == [2, 4])
        let two = Builder.second("b", offset: 32, data: 64)
        #expect(try GGUFFile(directory.write(two, as: "x")).entries.count == 2)
        let array = Builder.extraKey(
            "k", 9, Builder.array(8, 2, Builder.text("x") + Builder.text("")))
        #expect(try GGUFFile(directory.write(array, as: "x")).strings("k") == ["x", ""])
        let aligned = Builder.extraKey("general.alignment", 4, littleEndian(UInt32(32)))
        _ = try GGUFFile(directory.write(aligned, as: "x"))
    }

    @Test(arguments: files.indices)
    func `Each is refused for its own reason`(_ index: Int) throws {
        let (name, bytes, word) = Self.files[index]
        let directory = try TemporaryDirectory()
        let url = try directory.write(bytes, as: "x")
        let error = interchangeError { _ = try GGUFFile(url) }
        #expect(error?.description.hasPrefix(url.path) == true, "\(name)")
        #expect(error?.description.contains(word) == true, "\(name): \(String(describing: error))")
    }

    @Test func `Every truncation of a sound file is refused`() throws {
        let directory = try TemporaryDirectory()
        let bytes = [UInt8](try Data(contentsOf: golden("mixed.gguf")))
        // The padding after the last tensor is all that can be missing.
        for count in 0..<bytes.count - 64 {
            let url = try directory.write(bytes.prefix(count), as: "x")
            #expect(interchangeError { _ = try GGUFFile(url) } != nil, "\(count) bytes")
        }
    }

    private func spoiltModel(_ spoil: (inout GGUFWriter) -> Void) throws -> InterchangeError? {
        let directory = try TemporaryDirectory()
        var writer = GGUFWriter()
        spoil(&writer)
        try writer.write(to: directory.file("x"), files: SystemFileOperations())
        return interchangeError { _ = try GPT(gguf: directory.file("x")) }
    }

    private func addSizes(_ writer: inout GGUFWriter, layers: UInt32 = 1, hidden: UInt32 = 32) {
        writer.add("general.architecture", "gpt2")
        writer.add("gpt2.block_count", layers)
        writer.add("gpt2.context_length", UInt32(4))
        writer.add("gpt2.embedding_length", UInt32(8))
        writer.add("gpt2.feed_forward_length", hidden)
        writer.add("gpt2.attention.head_count", UInt32(2))
        writer.add("gpt2.attention.layer_norm_epsilon", Float(1e-5))
        writer.add("token_embd.weight", .ones([5, 8]), format: .float32)
    }

    @Test func `A sound file of another model, or with sizes that cannot be, is refused`() throws {
        let other = try spoiltModel { $0.add("general.architecture", "llama") }
        #expect(other?.description.contains("llama") == true)
        #expect(try spoiltModel { _ in }?.description.contains("architecture") == true)
        let layers = try spoiltModel { addSizes(&$0, layers: .max) }
        #expect(layers?.description.contains("layers") == true)
        let many = try spoiltModel { addSizes(&$0, layers: 1 << 24) }
        #expect(many?.description.contains("layers") == true)
        let hidden = try spoiltModel { addSizes(&$0, hidden: 31) }
        #expect(hidden?.description.contains("feed_forward_length") == true)
        guard case .weights(let mismatch)? = try spoiltModel({ addSizes(&$0) }) else {
            Issue.record("A file with one tensor is not a model.")
            return
        }
        #expect(mismatch.missing.count == 15 && mismatch.misshapen.isEmpty)
    }

    @Test func `A tokenizer whose lists do not fit together is refused`() throws {
        func error(_ spoil: (inout GGUFWriter) -> Void) throws -> InterchangeError? {
            let directory = try TemporaryDirectory()
            var writer = GGUFWriter()
            writer.add("tokenizer.ggml.model", "gpt2")
            writer.add("tokenizer.ggml.tokens", ["a", "b"])
            spoil(&writer)
            try writer.write(to: directory.file("x"), files: SystemFileOperations())
            return interchangeError { _ = try GGUFFile(directory.file("x")).tokenizer() }
        }
        #expect(try error { _ in } == nil)
        #expect(try error { $0.add("tokenizer.ggml.token_type", [1]) } != nil)
        #expect(try error { $0.add("tokenizer.ggml.token_type", ["1", "1"]) } != nil)
        #expect(try error { $0.add("tokenizer.ggml.eos_token_id", UInt32(2)) } != nil)
        #expect(try error { $0.add("tokenizer.ggml.bos_token_id", "0") } != nil)
        #expect(try error { $0.add("tokenizer.ggml.merges", "a b") } != nil)
    }

    private func error(_ bytes: [UInt8], _ body: (URL) throws -> Void) throws -> String {
        let directory = try TemporaryDirectory()
        let url = try directory.write(bytes, as: "x")
        return interchangeError { try body(url) }?.description ?? "no error"
    }

    @Test(arguments: [
        (12, "Q4_K", UInt64(256), 144), (14, "Q6_K", 256, 210), (20, "IQ4_NL", 32, 18),
        (3, "Q4_1", 32, 20), (35, "TQ2_0", 256, 66), (39, "MXFP4", 32, 17), (27, "I64", 4, 32),
    ])
    func `Types that cannot be computed with are listed, and refused by name when used`(
        _ code: Int, _ name: String, _ count: UInt64, _ bytes: Int
    ) throws {
        let directory = try TemporaryDirectory()
        let file = try GGUFFile(
            directory.write(
                Builder.only([count], type: UInt32(code), data: (bytes + 31) / 32 * 32), as: "x"))
        let entry = try #require(file[entry: "a"])
        #expect(entry.type == name && entry.format == nil && entry.byteRange.count == bytes)
        let error = interchangeError { _ = try file.tensor("a") }
        #expect(error?.description.contains("has the type \(name)") == true)
    }

    @Test func `Numbers of double precision are read`() throws {
        let directory = try TemporaryDirectory()
        let url = try directory.write(Builder.only([4], type: 28, data: 32), as: "x")
        #expect(try GGUFFile(url).tensor("a").shape == [4])
    }

    @Test func `A part of a model is named, with the program that joins the parts`() throws {
        let bytes = Builder.with {
            $0.keys.append(Builder.key("split.no", 2, littleEndian(UInt16(0))))
            $0.keys.append(Builder.key("split.count", 2, littleEndian(UInt16(3))))
        }
        let words = try error(bytes) { _ = try GPT(gguf: $0) }
        #expect(words.contains("number 1 of 3") && words.contains("llama-gguf-split --merge"))
        #expect(try error(bytes) { _ = try GGUFFile($0) } == "no error")
    }

    @Test func `Old and turned versions are named, with what helps`() throws {
        func words(_ version: UInt32) throws -> String {
            try error(Builder.with { $0.version = version }) { _ = try GGUFFile($0) }
        }
        #expect(try words(UInt32(3).byteSwapped).contains("gguf-convert-endian"))
        #expect(try words(1).contains("August 2023"))
        let zero = try words(0)
        #expect(zero.contains("is 0; 2 and 3") && !zero.contains("endian"))
        let old = try error(Array("tjgg".utf8) + [3, 0, 0, 0]) { _ = try GGUFFile($0) }
        #expect(old.contains("GGJT") && old.contains("convert_llama_ggml_to_gguf.py"))
    }

    @Test func `Another architecture is named as it is spelled`() throws {
        let llama = Builder.with {
            $0.keys = [Builder.key("general.architecture", 8, Builder.text("llama"))]
        }
        #expect(try error(llama) { _ = try GPT(gguf: $0) }.contains("is 'llama'; only gpt2"))
        let number = Builder.with {
            $0.keys = [Builder.key("general.architecture", 4, littleEndian(UInt32(1)))]
        }
        #expect(try error(number) { _ = try GPT(gguf: $0) }.contains("is not a text"))
    }
}
