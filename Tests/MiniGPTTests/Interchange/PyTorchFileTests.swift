import Foundation
import Testing

@testable import MiniGPT

@Suite("PyTorchFile")
struct PyTorchFileTests {
    @Test(arguments: ["pytorch.bin", "pytorch-protocol-4.bin", "pytorch-before-1.6.bin"])
    func `Reads what torch.save wrote, of every type, and views of the same numbers`(
        _ name: String
    ) throws {
        let file = try PyTorchFile(golden(name))
        let matrix: [Float] = [0, 1, 2, 3, 4, 5].map { $0 * 0.1 + 1 }
        #expect(try file.tensor("matrix").shape == [2, 3])
        #expect(try file.tensor("matrix").scalars == matrix)
        #expect(try file.tensor("transposed").shape == [3, 2])
        #expect(try file.tensor("transposed").scalars == [0, 3, 1, 4, 2, 5].map { matrix[$0] })
        #expect(try file.tensor("second row").scalars == Array(matrix[3...]))
        #expect(try file.tensor("every second").shape == [2, 2, 2])
        #expect(try file.tensor("every second").scalars == [0, 2, 3, 5, 6, 8, 9, 11])
        #expect(try file.tensor("parameter").scalars == [-1, 2])
        #expect(try file.tensor("float16").scalars == [1.5, -2, 65_504, 0x1p-24, .infinity])
        #expect(try file.tensor("bfloat16").scalars == [1.5, -2, 3.140625, 0x1p-130])
        #expect(try file.tensor("float64").scalars == [0.1, .infinity, 0x1p-149])
        #expect(try file.tensor("scalar").shape == [] && file.tensor("scalar").item() == 42)
        #expect(try file.tensor("empty").shape == [0, 4])
        #expect(file[entry: "int64"]?.type == "int64" && file[entry: "bool"]?.shape == [1, 2])
        #expect(file.entries.count == 14)
        #expect(file[entry: "float8"]?.type == "float8_e4m3fn")
        #expect(file[entry: "float8"]?.shape == [2, 3] && file[entry: "uint16"]?.type == "uint16")
        let error = interchangeError { _ = try file.tensor("int64") }
        #expect(error?.description.contains("has the type int64; float32") == true)
    }

    @Test func `A matrix can be read as its transpose, however it lies`() throws {
        let file = try PyTorchFile(golden("pytorch.bin"))
        let matrix = try file.tensor("matrix")
        for (name, expected) in [("matrix", matrix.T), ("transposed", matrix)] {
            let entry = try #require(file[entry: name])
            let found = try file.read(entry, isTransposed: true)
            #expect(found.shape == expected.shape && found.scalars == expected.scalars)
            #expect(found.isContiguous)
        }
    }

    /// The tensors of a model in Hugging Face's layout, as `torch.save` would write them.
    private func pickled(_ file: SafetensorsFile) throws -> [UInt8] {
        var members: [(String, [UInt8])] = []
        var storages: [String: [UInt8]] = [:]
        for (number, entry) in file.entries.enumerated() {
            var strides = [Int](repeating: 1, count: entry.shape.count)
            for axis in entry.shape.indices.dropLast().reversed() {
                strides[axis] = strides[axis + 1] * entry.shape[axis + 1]
            }
            let count = entry.shape.reduce(1, *)
            members.append(
                (
                    entry.name,
                    PickleBuilder.tensor(
                        entry.shape, strides: strides, key: "\(number)", count: count)
                ))
            storages["\(number)"] = try file.bytes(of: entry.name)
        }
        return ZipBuilder.torch(PickleBuilder.pickle(members), storages: storages).bytes
    }

    @Test func `A directory with pytorch_model.bin gives the model, bit by bit`() throws {
        let directory = try TemporaryDirectory()
        let reference = golden("gpt2")
        let file = try SafetensorsFile(reference.appendingPathComponent("model.safetensors"))
        for name in ["config.json", "generation_config.json"] {
            try FileManager.default.copyItem(
                at: reference.appendingPathComponent(name), to: directory.file(name))
        }
        _ = try directory.write(pickled(file), as: "pytorch_model.bin")
        let expected = try GPT(huggingFace: reference)
        #expect(haveSameParameters(try GPT(huggingFace: directory.url), expected))

        // And cut into two files with an index.
        let bytes = try pickled(file)
        _ = try directory.write(bytes, as: "pytorch_model-00001-of-00001.bin")
        let map = file.entries.map { "\"\($0.name)\":\"pytorch_model-00001-of-00001.bin\"" }
        _ = try directory.write(
            "{\"metadata\":{},\"weight_map\":{\(map.joined(separator: ","))}}".utf8,
            as: "pytorch_model.bin.index.json")
        try FileManager.default.removeItem(at: directory.file("pytorch_model.bin"))
        #expect(haveSameParameters(try GPT(huggingFace: directory.url), expected))
    }

    @Test(arguments: [false, true])
    func `Archives with sizes of 64 bits and a comment are read`(_ isLarge: Bool) throws {
        let directory = try TemporaryDirectory()
        let numbers = littleEndian(Float(1.5).bitPattern) + littleEndian(Float(-2).bitPattern)
        var zip = ZipBuilder.torch(
            PickleBuilder.pickle([("w", PickleBuilder.tensor([2], strides: [1], count: 2))]),
            storages: ["0": numbers])
        zip.isLarge = isLarge
        for index in zip.members.indices { zip.members[index].isLarge = isLarge }
        zip.comment = Array("a comment".utf8)
        let file = try PyTorchFile(directory.write(zip.bytes, as: "x"))
        #expect(try file.tensor("w").scalars == [1.5, -2])
    }

    @Test func `A sound file that is cut off is refused, wherever it is`() throws {
        let directory = try TemporaryDirectory()
        for name in ["pytorch.bin", "pytorch-before-1.6.bin"] {
            let bytes = [UInt8](try Data(contentsOf: golden(name)))
            for count in stride(from: 0, to: bytes.count, by: 11) {
                let url = try directory.write(bytes.prefix(count), as: "x")
                #expect(interchangeError { _ = try PyTorchFile(url) } != nil, "\(count) of \(name)")
            }
        }
    }
}
