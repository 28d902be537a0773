import Foundation
import Testing

@testable import MiniGPT

/// The reference implementation's tests and attacks, and others of their kinds: what it opens is
/// opened, with the same tensors, and what it refuses is refused.
@Suite("Safetensors as the reference reads them")
struct SafetensorsVerdictTests {
    private struct Golden: Decodable {
        let cases: [Case]
    }

    private struct Case: Decodable {
        let name: String
        /// Pieces of the header, each as a text of Latin-1 and how often it comes.
        let header: [Piece]
        /// How many zero bytes follow the header.
        let data: Int
        /// The length that the file gives.
        let length: String
        /// Name, type and shape of each tensor; `nil` if the reference refuses the file.
        let tensors: [Entry]?

        var bytes: [UInt8] {
            var bytes = littleEndian(UInt64(length) ?? 0)
            for piece in header {
                let text = piece.text.unicodeScalars.map { UInt8($0.value) }
                if text.count == 1 {
                    bytes += [UInt8](repeating: text[0], count: piece.times)
                } else {
                    for _ in 0..<piece.times { bytes += text }
                }
            }
            return bytes + [UInt8](repeating: 0, count: data)
        }
    }

    private struct Piece: Decodable {
        let text: String
        let times: Int

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            text = try values.decode(String.self)
            times = try values.decode(Int.self)
        }
    }

    private struct Entry: Decodable, Equatable, CustomStringConvertible {
        let name: String
        let type: String
        let shape: [Int]

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            name = try values.decode(String.self)
            type = try values.decode(String.self)
            shape = try values.decode([Int].self)
        }

        init(_ entry: StoredTensor) {
            (name, type, shape) = (entry.name, entry.type, entry.shape)
        }

        var description: String { "\(name) \(type) \(shape)" }
    }

    @Test func `Every file is opened or refused as the reference does, with the same tensors`()
        throws
    {
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: golden("safetensors-verdicts.json")))
        #expect(golden.cases.count >= 98)
        #expect(golden.cases.count { $0.tensors != nil } >= 45)
        let directory = try TemporaryDirectory()
        for item in golden.cases {
            let url = try directory.write(item.bytes, as: "x")
            var found: [Entry]?
            let error = interchangeError {
                found = try SafetensorsFile(url).entries.map(Entry.init)
                    .sorted { $0.name < $1.name }
            }
            let words = error?.description ?? "opened"
            #expect(found == item.tensors?.sorted { $0.name < $1.name }, "\(item.name): \(words)")
        }
    }

    @Test func `What cannot be computed with is listed, and refused by name when it is used`()
        throws
    {
        let directory = try TemporaryDirectory()
        for (type, bytes) in [("F8_E4M3", 8), ("F4", 4), ("C64", 64), ("I32", 32)] {
            let header =
                "{\"w\":{\"dtype\":\"\(type)\",\"shape\":[8],\"data_offsets\":[0,\(bytes)]}}"
            let url = try directory.write(safetensors(header, data: bytes), as: "x")
            let file = try SafetensorsFile(url)
            #expect(file.entries.map(\.type) == [type] && file.entries[0].format == nil)
            #expect(try file.bytes(of: "w").count == bytes)
            let error = interchangeError { _ = try file.tensor("w") }
            guard case .unsupported(_, "tensor 'w'", let problem)? = error else {
                Issue.record("\(type): \(String(describing: error))")
                continue
            }
            #expect(problem.contains(type) && problem.contains("F32, F16, BF16 and F64"))
        }
        let header =
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[1,1,2,1,1,1,1,1],\"data_offsets\":[0,8]}}"
        let deep = try SafetensorsFile(directory.write(safetensors(header, data: 8), as: "x"))
        #expect(deep[entry: "w"]?.shape.count == 8)
        let error = interchangeError { _ = try deep.tensor("w") }
        #expect(error?.description.contains("8 axes; at most 6") == true)
    }

    @Test func `Numbers of double precision are read as singles`() throws {
        let directory = try TemporaryDirectory()
        let numbers: [Double] = [0.1, -1e300, 1 + 0x1p-30, .nan]
        let header = "{\"w\":{\"dtype\":\"F64\",\"shape\":[2,2],\"data_offsets\":[0,32]}}"
        let url = try directory.write(
            safetensors(header) + numbers.flatMap { littleEndian($0.bitPattern) }, as: "x")
        let file = try SafetensorsFile(url)
        let found = try file.tensor("w").scalars
        #expect(found[..<3] == [0.1, -.infinity, 1] && found[3].isNaN)
        let turned = try file.table.tensor(file.entries[0], isTransposed: true)
        #expect(turned.scalars[..<2] == [0.1, 1])
    }
}
