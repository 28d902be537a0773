import Foundation
import MiniGPT
import Testing

/// One tensor in a file, beside what NumPy writes.
@Suite struct TensorFileTests {
    private func golden(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: "Goldens/NumPy/\(name)", withExtension: "npy"))
    }

    private func withFile(_ name: String, _ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("tensor-file-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appendingPathComponent(name))
    }

    @Test(
        "What NumPy wrote is read, in any order and of any type",
        arguments: [
            "f4", "f8", "f2", "i4", "i8", "u1", "b1", "fortran", "version2",
        ])
    func numPyIsRead(_ name: String) throws {
        let tensor = try Tensor.load(from: golden(name))
        #expect(tensor.shape == [2, 3])
        let expected: [Float] =
            name == "b1"
            ? [0, 1, 1, 1, 1, 1]
            : ["f4", "f8", "f2", "fortran", "version2"].contains(name)
                ? [0, 0.5, 1, 1.5, 2, 2.5] : [0, 1, 2, 3, 4, 5]
        #expect(tensor.scalars == expected)
    }

    @Test("The bytes are those that NumPy writes")
    func bytesAreNumPys() throws {
        try withFile("x.npy") { url in
            try (Tensor(0..<6, shape: [2, 3]) * 0.5).save(to: url)
            #expect(try Data(contentsOf: url) == Data(contentsOf: golden("f4")))
            try IntTensor(0..<6, shape: [2, 3]).save(to: url)
            #expect(try Data(contentsOf: url) == Data(contentsOf: golden("i4")))
        }
    }

    @Test(
        "Any shape comes back", arguments: [[], [0], [5], [2, 0, 3], [2, 3, 4]],
        ["npy", "safetensors"])
    func anyShapeComesBack(_ shape: [Int], _ ending: String) throws {
        var random = SplitMix64(seed: 3)
        let x = Tensor.normal(shape, using: &random).transposed()
        try withFile("x.\(ending)") { url in
            try x.save(to: url)
            let again = try Tensor.load(from: url)
            #expect(again.shape == x.shape && again.scalars == x.scalars)
        }
    }

    @Test("Whole numbers keep all 32 bits")
    func wholeNumbers() throws {
        try withFile("x.npy") { url in
            let x: IntTensor = [[16_777_217, -1], [2_147_483_647, 0]]
            try x.T.save(to: url)
            #expect(try IntTensor.load(from: url) == x.T)
            #expect(throws: InterchangeError.self) { try Tensor.load(from: url) }
        }
        #expect(try IntTensor.load(from: golden("i8")).shape == [2, 3])
        #expect(throws: InterchangeError.self) { try IntTensor.load(from: golden("f4")) }
    }

    @Test(
        "What is damaged, or is no array of numbers, is refused by a sentence",
        arguments: [
            ("", "is not that of a .npy file"),
            ("NUMPY", "is not that of a .npy file"),
            ("shape': (2, 4)", "another number of bytes"),
            ("shape': (9223372036854775807, 9223372036854775807)", "can be counted"),
            ("shape': (0, 9223372036854775807, 9223372036854775807)", "can be counted"),
            ("shape': (99999999999999999999,)", "the header is not"),
            ("shape': (1,1,1,1,1,6,1)", "more than 6 axes"),
            ("descr': '>f4'", "is none of <f4"),
            ("descr': '|O'", "the header is not"),
            ("descr': '<c8'", "is none of <f4"),
            ("'x': 1", "the header is not"),
        ])
    func damageIsNamed(_ change: String, _ said: String) throws {
        try withFile("x.npy") { url in
            var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
            if change.hasPrefix("shape") {
                header = header.replacing("shape': (2, 3)", with: change)
            } else if change.hasPrefix("descr") {
                header = header.replacing("descr': '<f4'", with: change)
            } else if change.hasPrefix("'x'") {
                header = header.replacing(", }", with: ", 'x': 1}")
            }
            var bytes =
                Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(header.utf8.count), 0])
            bytes += Data(header.utf8) + Data(count: 24)
            if ["", "NUMPY"].contains(change) { bytes = Data(change.utf8) }
            try bytes.write(to: url)
            let error = #expect(throws: InterchangeError.self) { try Tensor.load(from: url) }
            #expect(error?.description.contains(said) == true, "\(String(describing: error))")
        }
    }

    @Test("Other endings are refused by name")
    func endings() {
        #expect(throws: InterchangeError.self) {
            try Tensor.ones([1]).save(to: URL(fileURLWithPath: "/nowhere/x.txt"))
        }
    }
}
