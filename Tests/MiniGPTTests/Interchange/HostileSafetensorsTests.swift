import Foundation
import Testing

@testable import MiniGPT

/// Files nobody wrote by accident. Each must be refused, for the reason it was made for.
@Suite("Hostile safetensors files")
struct HostileSafetensorsTests {
    /// A sound file of two tensors, to be spoilt: `a` is F32 [2], `b` is F32 [1].
    private static let sound =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}"

    private static func one(
        _ shape: String, _ offsets: String, type: String = "\"F32\""
    ) -> String {
        "{\"a\":{\"dtype\":\(type),\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    }

    private static func length(_ length: UInt64, _ rest: String = "{}") -> [UInt8] {
        littleEndian(length) + Array(rest.utf8)
    }

    /// Name, bytes, and a word of the complaint.
    static let files: [(String, [UInt8], String)] = [
        ("nothing", [], "0 bytes"),
        ("seven bytes", [2, 0, 0, 0, 0, 0, 0], "7 bytes"),
        ("length without header", length(2, ""), "only 0 bytes"),
        ("length one too large", length(3), "only 2 bytes"),
        ("length 2^31", length(1 << 31), "length"),
        ("length 2^32", length(1 << 32), "length"),
        ("length 2^63 - 1", length(1 << 63 - 1), "length"),
        ("length 2^63", length(1 << 63), "length"),
        ("length 2^64 - 1", length(.max), "length"),
        ("length 2^64 - 8", length(.max - 7), "length"),
        ("empty header", length(0, "x"), "'{'"),
        ("an array", safetensors("[]"), "'{'"),
        ("a byte order mark", safetensors("\u{FEFF}{}"), "'{'"),
        ("cut in the header", safetensors(String(sound.dropLast(9)), data: 12), "byte"),
        ("zero byte after the object", safetensors("{}\0"), "after the end"),
        ("a second object", safetensors("{}{}"), "after the end"),
        (
            "not UTF-8",
            littleEndian(UInt64(8)) + [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x7B, 0x7D, 0x7D], "UTF-8"
        ),
        ("comma at the end", safetensors("{\"__metadata__\":{},}"), "string"),
        (
            "deep nesting", safetensors("{\"a\":" + String(repeating: "{\"a\":", count: 100_000)),
            "nested"
        ),
        (
            "deep array",
            safetensors("{\"a\":{\"shape\":" + String(repeating: "[", count: 100_000)),
            "whole number"
        ),
        (
            "name twice",
            safetensors(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[4,8]}}",
                data: 8), "twice"
        ),
        (
            "name twice, once escaped",
            safetensors(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},\"\\u0061\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[4,8]}}",
                data: 8), "twice"
        ),
        (
            "type twice",
            safetensors(
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}",
                data: 4), "twice"
        ),
        ("metadata twice", safetensors("{\"__metadata__\":{},\"__metadata__\":{}}"), "twice"),
        ("metadata of numbers", safetensors("{\"__metadata__\":{\"a\":1}}"), "string"),
        ("metadata that is a text", safetensors("{\"__metadata__\":\"a\"}"), "'{'"),
        ("tensor that is a number", safetensors("{\"a\":1}"), "'{'"),
        (
            "no type", safetensors("{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", data: 4),
            "all of"
        ),
        (
            "no shape", safetensors("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", data: 4),
            "all of"
        ),
        ("no offsets", safetensors("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", data: 4), "all of"),
        (
            "unknown member twice", safetensors("{\"a\":{\"strides\":[1],\"strides\":[1]}}"),
            "twice"
        ),
        ("half bytes", safetensors(one("[3]", "[0,2]", type: "\"F4\""), data: 2), "counted"),
        ("type that is a number", safetensors(one("[1]", "[0,4]", type: "32"), data: 4), "string"),
        ("negative extent", safetensors(one("[-1]", "[0,4]"), data: 4), "whole number"),
        ("broken extent", safetensors(one("[1.0]", "[0,4]"), data: 4), "whole number"),
        ("exponent extent", safetensors(one("[1e0]", "[0,4]"), data: 4), "whole number"),
        ("extent in quotes", safetensors(one("[\"1\"]", "[0,4]"), data: 4), "whole number"),
        ("extent 2^64", safetensors(one("[18446744073709551616]", "[0,4]"), data: 4), "too large"),
        ("extent 2^63", safetensors(one("[9223372036854775808]", "[0,4]"), data: 4), "too large"),
        (
            "extent 2^62", safetensors(one("[4611686018427387904]", "[0,4]"), data: 4),
            "counted"
        ),
        (
            "product wraps to 1", safetensors(one("[4294967297,4294967295,1]", "[0,4]"), data: 4),
            "counted"
        ),
        (
            "product wraps to 0", safetensors(one("[4294967296,4294967296]", "[0,0]")),
            "counted"
        ),
        (
            "zero hides an overflow", safetensors(one("[0,4611686018427387904,16]", "[0,0]")),
            "counted"
        ),
        (
            "a million axes",
            safetensors(one("[\(String(repeating: "1,", count: 1_000_000))1]", "[0,4]"), data: 4),
            "64 axes"
        ),
        ("one offset", safetensors(one("[1]", "[4]"), data: 4), "start and an end"),
        ("three offsets", safetensors(one("[1]", "[0,4,8]"), data: 4), "2 offsets"),
        ("offsets the wrong way", safetensors(one("[1]", "[4,0]"), data: 4), "start and an end"),
        ("negative offset", safetensors(one("[1]", "[-4,0]"), data: 4), "whole number"),
        ("too few bytes for the shape", safetensors(one("[2]", "[0,4]"), data: 4), "not the size"),
        ("too many bytes for the shape", safetensors(one("[1]", "[0,8]"), data: 8), "not the size"),
        (
            "bytes of another type", safetensors(one("[1]", "[0,4]", type: "\"BF16\""), data: 4),
            "not the size"
        ),
        ("beyond the end", safetensors(one("[2]", "[0,8]"), data: 4), "only 4"),
        (
            "beyond the end by 2^61",
            safetensors(one("[576460752303423488]", "[0,2305843009213693952]"), data: 4), "counted"
        ),
        (
            "ends at 2^63 - 1",
            safetensors(one("[1]", "[9223372036854775803,9223372036854775807]"), data: 4),
            "starts at"
        ),
        (
            "overlapping",
            safetensors(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
                data: 12), "overlap"
        ),
        (
            "the same bytes twice",
            safetensors(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                data: 8), "overlap"
        ),
        ("a hole in front", safetensors(one("[1]", "[4,8]"), data: 8), "holes"),
        (
            "a hole between",
            safetensors(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}",
                data: 12), "holes"
        ),
        ("bytes after the last", safetensors(sound, data: 13), "1 bytes after"),
        ("one byte missing", safetensors(sound, data: 11), "only 11"),
        ("empty tensor outside", safetensors(one("[0]", "[8,8]"), data: 4), "starts at"),
    ]

    @Test func `There are at least sixty of them, and the file they are made from is sound`() throws
    {
        #expect(Self.files.count >= 60)
        #expect(Set(Self.files.map(\.0)).count == Self.files.count)
        let directory = try TemporaryDirectory()
        let file = try SafetensorsFile(directory.write(safetensors(Self.sound, data: 12), as: "x"))
        #expect(file.entries.map(\.name) == ["a", "b"])
        _ = try SafetensorsFile(directory.write(safetensors("{}"), as: "x"))
        for (before, after) in [("", "   "), ("\n", "\r\t\n")] {
            let header = before + Self.sound + after
            _ = try SafetensorsFile(directory.write(safetensors(header, data: 12), as: "x"))
        }
    }

    @Test(arguments: files.indices)
    func `Each is refused for its own reason`(_ index: Int) throws {
        let (name, bytes, word) = Self.files[index]
        let directory = try TemporaryDirectory()
        let url = try directory.write(bytes, as: "x")
        let error = interchangeError { _ = try SafetensorsFile(url) }
        guard case .malformed(let path, _, _)? = error else {
            Issue.record("\(name): \(String(describing: error))")
            return
        }
        #expect(path == url.path)
        #expect(error?.description.contains(word) == true, "\(name): \(error!.description)")
    }

    @Test func `A header over the limit is refused before it is read`() throws {
        let directory = try TemporaryDirectory()
        let header = "{" + String(repeating: " ", count: 2 << 20) + "}"
        let url = try directory.write(safetensors(header), as: "x")
        #expect(interchangeError { _ = try SafetensorsFile(url) } == nil)
        let error = interchangeError {
            _ = try SafetensorsFile(url, limits: .init(headerBytes: 2 << 20))
        }
        #expect(error?.description.contains("refused") == true)
    }

    @Test func `More tensors than the limit are refused`() throws {
        let directory = try TemporaryDirectory()
        let header =
            "{"
            + (0...7).map { "\"\($0)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}" }
            .joined(separator: ",") + "}"
        let url = try directory.write(safetensors(header), as: "x")
        #expect(try SafetensorsFile(url, limits: .init(tensors: 8)).entries.count == 8)
        let error = interchangeError { _ = try SafetensorsFile(url, limits: .init(tensors: 7)) }
        #expect(error?.description.contains("more than 7 tensors") == true)
    }

    @Test func `A type that does not exist is refused by name, and the file is not called damaged`()
        throws
    {
        let directory = try TemporaryDirectory()
        let header = Self.one("[1]", "[0,4]", type: "\"F31\"")
        let url = try directory.write(safetensors(header, data: 4), as: "x")
        let error = interchangeError { _ = try SafetensorsFile(url) }
        #expect(
            error
                == .unsupported(
                    path: url.path, field: "tensor 'a'",
                    problem: "has the type 'F31', which is not known."))
    }

    @Test func `Every truncation of a sound file is refused`() throws {
        let directory = try TemporaryDirectory()
        let bytes = [UInt8](try Data(contentsOf: golden("mixed.safetensors")))
        for count in 0..<bytes.count {
            let url = try directory.write(bytes.prefix(count), as: "x")
            #expect(interchangeError { _ = try SafetensorsFile(url) } != nil, "\(count) bytes")
        }
    }
}
