import Foundation
import Testing

@testable import MiniGPT

@Suite("SafetensorsFile")
struct SafetensorsFileTests {
    @Test func `Reads what the reference implementation wrote, of every type`() throws {
        let file = try SafetensorsFile(golden("mixed.safetensors"))
        #expect(file.metadata == ["format": "pt", "note": "été \"quoted\""])
        #expect(try file.tensor("float32").shape == [2, 3])
        #expect(try file.tensor("float32").scalars == [0, 1, 2, 3, 4, 5].map { $0 * 0.1 + 1 })
        #expect(try file.tensor("float16").scalars == [1.5, -2, 65_504, 0x1p-24, .infinity])
        #expect(try file.tensor("bfloat16").scalars == [1.5, -2, 3.140625, 0x1p-130])
        #expect(try file.tensor("scalar").shape == [] && file.tensor("scalar").item() == 42)
        #expect(try file.tensor("empty").shape == [0, 4])
        #expect(file[entry: "int64"]?.type == "I64" && file[entry: "int64"]?.shape == [3])
        #expect(try file.bytes(of: "boolean") == [1, 0, 1])
        #expect(try file.bytes(of: "uint8") == [0, 127, 255])
        #expect(
            try file.bytes(of: "int64") == littleEndian(Int64(-1)) + littleEndian(Int64.max)
                + littleEndian(Int64(7)))
        #expect(file.entries.count == 9)
        #expect(
            interchangeError { _ = try file.tensor("int64") }?.description.contains("I64") == true)
    }

    @Test func `Writes the very bytes of the reference implementation`() throws {
        let directory = try TemporaryDirectory()
        let reference = try SafetensorsFile(golden("float32.safetensors"))
        let tensors = try reference.entries.reversed().map {
            ($0.name, try reference.tensor($0.name))
        }
        let url = directory.file("copy.safetensors")
        try SafetensorsFile.write(tensors, to: url, metadata: ["format": "pt"])
        #expect(try Data(contentsOf: url) == Data(contentsOf: reference.url))
    }

    @Test(arguments: NumberFormat.allCases.filter(\.isFloatingPoint))
    func `Tensors of any layout come back, as exactly as the format allows`(_ format: NumberFormat)
        throws
    {
        let directory = try TemporaryDirectory()
        var generator = SplitMix64(seed: 9)
        let large = Tensor.normal([300, 70], using: &generator)
        let tensors: [(name: String, value: Tensor)] = [
            ("large", large), ("transposed", large.T), ("slice", large[3..<50, 2..<9]),
            ("broadcast", Tensor([1, 2]).broadcast(to: [3, 2])), ("scalar", Tensor(3)),
            ("empty", .zeros([0, 3])), ("é😀\n\"", [1]),
        ]
        let url = directory.file("x")
        try SafetensorsFile.write(tensors, to: url, format: format, metadata: ["k": "v\n"])
        let file = try SafetensorsFile(url)
        #expect(file.metadata == ["k": "v\n"] && file.entries.count == tensors.count)
        for (name, value) in tensors {
            let found = try file.tensor(name)
            #expect(found.shape == value.shape)
            let expected = value.scalars.map { number in
                switch format {
                case .float32: number
                case .float16: HalfPrecision.single(HalfPrecision.half(number))
                case .bfloat16: Float(bitPattern: UInt32(BrainFloat.rounded(number)) << 16)
                case .q8, .q4: Float.nan
                }
            }
            #expect(found.scalars == expected)
        }
    }

    @Test(arguments: NumberFormat.allCases.filter(\.isFloatingPoint))
    func `A matrix of more than one piece can be read as its transpose`(_ format: NumberFormat)
        throws
    {
        let directory = try TemporaryDirectory()
        for shape in [[1_100, 1_200], [3, 70_001], [70_001, 3], [1, 5], [0, 4]] {
            let matrix = Tensor((0..<shape[0] * shape[1]).map { Float($0 % 251) }, shape: shape)
            let url = directory.file("x")
            try SafetensorsFile.write([("m", matrix)], to: url, format: format)
            let file = try SafetensorsFile(url)
            let found = try file.table.tensor(file.entries[0], isTransposed: true)
            #expect(found.isContiguous && found.shape == shape.reversed())
            #expect(found.scalars == matrix.T.scalars)
            #expect(try file.tensor("m").scalars == matrix.scalars)
        }
    }

    @Test func `A module's weights come back bit by bit, and a wrong file changes nothing`() throws
    {
        let directory = try TemporaryDirectory()
        let model = randomModel(.tiny(tiesEmbeddings: false))
        try model.saveWeights(to: directory.file("w"))
        var other = randomModel(.tiny(tiesEmbeddings: false), seed: 6)
        let before = other
        try other.loadWeights(from: directory.file("w"))
        #expect(haveSameParameters(model, other) && !haveSameParameters(before, other))
        let fresh = try GPT(
            .tiny(tiesEmbeddings: false), weights: SafetensorsFile(directory.file("w")))
        #expect(haveSameParameters(model, fresh))

        var renamed = model.parameters
        renamed[0].name = "stranger"
        renamed[1].value = renamed[1].value.T
        try SafetensorsFile.write(renamed, to: directory.file("wrong"))
        let error = interchangeError { try other.loadWeights(from: directory.file("wrong")) }
        guard case .weights(let mismatch)? = error else {
            Issue.record("\(String(describing: error)) is not about weights.")
            return
        }
        #expect(mismatch.missing == ["tokenEmbedding.weight"])
        #expect(mismatch.unexpected == ["stranger"])
        #expect(
            mismatch.misshapen == [
                .init(name: "positionEmbedding.weight", expected: [24, 32], found: [32, 24])
            ])
        #expect(haveSameParameters(model, other))
    }

    @Test func `Several files and their index hold the same tensors as one`() throws {
        let directory = try TemporaryDirectory()
        let tensors = randomModel(.tiny()).parameters
        try SafetensorsDirectory.write(tensors, to: directory.url)
        #expect(directory.names == ["model.safetensors"])
        try SafetensorsDirectory.write(tensors, to: directory.url, maximumShardBytes: 40_000)
        #expect(directory.names.count == 5 && !directory.names.contains("model.safetensors"))
        let sharded = try SafetensorsDirectory(directory.url)
        #expect(sharded.files.count == 4)
        var found: [String: [Float]] = [:]
        for weight in sharded.entries {
            found[weight.name] = try sharded.read(weight, isTransposed: false).scalars
        }
        #expect(
            found == Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.value.scalars) }))
        try SafetensorsDirectory.write(tensors, to: directory.url)
        #expect(!directory.names.contains("model.safetensors.index.json"))
    }

    @Test(arguments: [
        "../x.safetensors", "/etc/x.safetensors", "a/x.safetensors", "..", "", ".x.safetensors",
        "x.bin",
        "a\\\\x.safetensors", "a\\u0000.safetensors", "%2e%2e%2fx.safetensors", "x.safetensors/",
    ])
    func `An index that leads out of its directory is refused`(_ name: String) throws {
        let directory = try TemporaryDirectory()
        let index = "{\"weight_map\": {\"a\": \"\(name)\"}}"
        _ = try directory.write(index.utf8, as: "model.safetensors.index.json")
        let error = interchangeError { _ = try SafetensorsDirectory(directory.url) }
        #expect(error?.description.contains("not a plain file name") == true)
    }

    @Test func `An index and files that do not agree are refused`() throws {
        let directory = try TemporaryDirectory()
        try SafetensorsFile.write([("a", [1]), ("b", [2])], to: directory.file("x.safetensors"))
        let index = "{\"weight_map\": {\"a\": \"x.safetensors\", \"c\": \"x.safetensors\"}}"
        _ = try directory.write(index.utf8, as: "model.safetensors.index.json")
        let error = interchangeError { _ = try SafetensorsDirectory(directory.url) }
        guard case .weights(let mismatch)? = error else {
            Issue.record("\(String(describing: error)) is not about weights.")
            return
        }
        #expect(mismatch.missing == ["c"] && mismatch.unexpected == ["b in x.safetensors"])
    }

    @Test func `What is not a file is refused at once`() throws {
        let directory = try TemporaryDirectory()
        #expect(interchangeError { _ = try SafetensorsFile(directory.url) } != nil)
        #expect(interchangeError { _ = try SafetensorsFile(directory.file("missing")) } != nil)
        mkfifo(directory.file("pipe").path, 0o600)
        #expect(interchangeError { _ = try SafetensorsFile(directory.file("pipe")) } != nil)
    }
}
