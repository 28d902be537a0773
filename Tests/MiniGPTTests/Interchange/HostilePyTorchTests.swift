import Foundation
import Testing

@testable import MiniGPT

/// Pickles and archives nobody wrote by accident. Each is refused, for the reason it was made for, and
/// nothing of it is run.
@Suite("Hostile PyTorch files")
struct HostilePyTorchTests {
    private typealias Pickle = PickleBuilder

    /// A file with one tensor `w` of two numbers, or with something else in place of its pickle.
    private static func zip(
        _ pickle: [UInt8]? = nil, change: (inout ZipBuilder) -> Void = { _ in }
    ) -> [UInt8] {
        let sound = Pickle.pickle([("w", Pickle.tensor([2], strides: [1], count: 2))])
        var zip = ZipBuilder.torch(
            pickle ?? sound, storages: ["0": [UInt8](repeating: 0, count: 8)])
        change(&zip)
        return zip.bytes
    }

    private static func raw(_ operations: [UInt8]...) -> [UInt8] {
        zip([0x80, 2] + operations.flatMap { $0 } + [UInt8(ascii: ".")])
    }

    private static func tensor(
        _ shape: [Int], strides: [Int], offset: Int = 0, type: String = "FloatStorage",
        key: String = "0", count: Int = 2
    ) -> [UInt8] {
        zip(
            Pickle.pickle([
                (
                    "w",
                    Pickle.tensor(
                        shape, strides: strides, offset: offset, type: type, key: key,
                        count: count)
                )
            ]))
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// Name, bytes, and a word of the complaint.
    static let files: [(String, [UInt8], String)] = [
        (
            "os.system",
            raw(Pickle.name("os", "system"), Pickle.tuple(Pickle.text("echo")), bytes("R")),
            "os.system"
        ),
        (
            "posix.system by the stack",
            raw(Pickle.text("posix"), Pickle.text("system"), [0x93]), "posix.system"
        ),
        ("eval", raw(Pickle.name("builtins", "eval")), "builtins.eval"),
        (
            "getattr in collections",
            raw(Pickle.name("collections", "OrderedDict.__class__")), "OrderedDict.__class__"
        ),
        (
            "a subclass of Tensor",
            raw(Pickle.name("torch._tensor", "_rebuild_from_type_v2")), "_rebuild_from_type_v2"
        ),
        ("an unknown storage", raw(Pickle.name("torch", "QInt8Storage")), "QInt8Storage"),
        (
            "an escape sequence in a name", raw(Pickle.name("os", "\u{1B}[31m")), "\\u{1B}"
        ),
        (
            "a typed tensor of a typed storage",
            raw(
                Pickle.name("torch._utils", "_rebuild_tensor_v3"),
                Pickle.tuple(
                    Pickle.tuple(
                        Pickle.text("storage"), Pickle.name("torch", "FloatStorage"),
                        Pickle.text("0"), Pickle.text("cpu"), Pickle.integer(2)) + bytes("Q"),
                    Pickle.integer(0), Pickle.sizes([2]), Pickle.sizes([1]), [0x89], bytes("N"),
                    Pickle.name("torch", "float8_e5m2")), bytes("R")), "does not fill"
        ),
        ("INST", raw(bytes("(ios\nsystem\n")), "0x69"),
        ("OBJ", raw(bytes("(o")), "0x6f"),
        ("NEWOBJ", raw([0x81]), "0x81"),
        ("EXT1", raw([0x82, 1]), "0x82"),
        ("PERSID", raw(bytes("P0\n")), "0x50"),
        ("NEXT_BUFFER", raw([0x97]), "0x97"),
        ("protocol 0", zip(bytes("(dp0\n.")), "0x64"),
        ("protocol 9", zip([0x80, 9, 0x2E]), "protocol 9"),
        (
            "a call of a dictionary", raw(bytes("}"), Pickle.tuple(), bytes("R")),
            "other than a name"
        ),
        (
            "a call of a storage",
            raw(Pickle.name("torch", "FloatStorage"), Pickle.tuple(), bytes("R")), "otherwise"
        ),
        (
            "an ordered dictionary of arguments",
            raw(
                Pickle.name("collections", "OrderedDict"), Pickle.tuple(Pickle.integer(1)),
                bytes("R")), "otherwise"
        ),
        ("attributes of a list", raw(bytes("]}b")), "inside of something"),
        ("a key that is a number", raw(bytes("}"), Pickle.integer(1), bytes("Ns")), "not texts"),
        ("append to a dictionary", raw(bytes("}Na")), "no list"),
        ("set in a list", raw(bytes("]"), Pickle.text("a"), bytes("Ns")), "no dictionary"),
        ("an odd number of values", raw(bytes("}("), Pickle.text("a"), bytes("u")), "dictionary"),
        ("nothing on the stack", raw(), "takes more"),
        ("a pop of nothing", raw(bytes("0")), "takes more"),
        ("a pop beyond a mark", raw(bytes("N(0")), "takes more"),
        ("a group that never began", raw(bytes("t")), "never began"),
        ("recalls nothing", raw(bytes("h"), [7]), "never had"),
        ("no end", zip([0x80, 2] + bytes("}")), "left"),
        ("a text of 4 GB", raw(bytes("X"), [0xFF, 0xFF, 0xFF, 0xFF]), "more than are left"),
        ("a text of 2^64 bytes", raw([0x8D], littleEndian(UInt64.max)), "more than are left"),
        ("a text that is not UTF-8", raw(bytes("X"), littleEndian(UInt32(1)), [0xFF]), "UTF-8"),
        (
            "a name without end", raw(bytes("c" + String(repeating: "a", count: 300))), "256 bytes"
        ),
        (
            "a number of 200 bytes", raw([0x8A, 200], [UInt8](repeating: 1, count: 200)),
            "200 bytes"
        ),
        (
            "half a million marks", zip([0x80, 2] + [UInt8](repeating: 0x28, count: 1 << 19)),
            "holds"
        ),
        (
            "half a million lists", zip([0x80, 2] + [UInt8](repeating: 0x5D, count: 1 << 19)),
            "holds"
        ),
        (
            "a deep chain of lists, let go of at once",
            raw(bytes("]") + [UInt8](repeating: 0x85, count: 200_000)), "a tuple"
        ),
        ("a list that holds itself", raw(bytes("]q"), [0], bytes("h"), [0], bytes("a")), "a list"),
        ("a list", raw(bytes("]")), "a list"),
        ("a number", raw(Pickle.integer(1)), "a number"),
        ("None", raw(bytes("N")), "None"),
        (
            "a checkpoint of a training",
            zip(Pickle.pickle([("model", bytes("}")), ("epoch", Pickle.integer(3))])),
            "not a tensor"
        ),
        ("a storage that is not there", tensor([2], strides: [1], key: "1"), "not there"),
        ("a storage outside", tensor([2], strides: [1], key: "../data.pkl"), "not there"),
        ("a storage of other size", tensor([2], strides: [1], count: 3), "8 bytes are there"),
        ("a storage of other type", tensor([2], strides: [1], type: "HalfStorage"), "8 bytes"),
        ("a negative storage", tensor([2], strides: [1], count: -2), "other than a storage"),
        ("one number too many", tensor([3], strides: [1]), "beyond"),
        ("an offset too large", tensor([1], strides: [1], offset: 2), "beyond"),
        ("a negative offset", tensor([1], strides: [1], offset: -1), "without storage"),
        ("a stride too large", tensor([2], strides: [2]), "beyond"),
        ("a negative stride", tensor([2], strides: [-1], offset: 1), "without storage"),
        ("a negative extent", tensor([-2], strides: [1]), "without storage"),
        ("a stride of 0", tensor([1_000_000, 1_000_000], strides: [0, 0]), "repeats"),
        (
            "elements that wrap",
            tensor([1 << 30, 1 << 30, 1 << 30], strides: [0, 0, 0]), "counted"
        ),
        ("one stride too few", tensor([1, 2], strides: [1]), "without storage"),
        (
            "a hundred axes",
            tensor(
                [Int](repeating: 1, count: 100), strides: [Int](repeating: 1, count: 100)),
            "without storage"
        ),
        ("a compressed member", zip { $0.members[0].method = 8 }, "compressed"),
        ("an encrypted member", zip { $0.members[0].flags = 1 }, "compressed or encrypted"),
        ("a member twice", zip { $0.members.append($0.members[0]) }, "twice"),
        ("a member too large", zip { $0.members[1].claimedSize = 1_000_000 }, "more bytes"),
        ("a member of 4 GB", zip { $0.members[1].claimedSize = .max - 1 }, "more bytes"),
        ("a member outside", zip { $0.members[1].claimedOffset = 1 << 30 }, "outside"),
        ("a member elsewhere", zip { $0.members[1].claimedOffset = 3 }, "where it should be"),
        ("no list of tensors", zip { $0.members.removeFirst() }, "no data.pkl"),
        (
            "two lists of tensors",
            zip { $0.members.append(.init(name: "b/data.pkl", bytes: [])) }, "data.pkl"
        ),
        (
            "a program",
            zip { $0.members.append(.init(name: "archive/constants.pkl", bytes: [])) },
            "TorchScript"
        ),
        (
            "big-endian",
            zip { $0.members.append(.init(name: "archive/byteorder", bytes: bytes("big"))) },
            "big-endian"
        ),
        ("an archive of nothing", bytes("PK\u{3}\u{4}") + [UInt8](repeating: 0, count: 40), "end"),
        ("a pickle of something", [0x80, 2] + bytes("}q") + [0, 0x2E], "not one of torch.save"),
    ]

    @Test func `There are at least sixty of them, and the file they are made from is sound`() throws
    {
        #expect(Self.files.count >= 60)
        #expect(Set(Self.files.map(\.0)).count == Self.files.count)
        let directory = try TemporaryDirectory()
        let file = try PyTorchFile(directory.write(Self.zip(), as: "x"))
        #expect(try file.tensor("w").scalars == [0, 0])
    }

    @Test(arguments: files.indices)
    func `Each is refused for its own reason`(_ index: Int) throws {
        let (name, bytes, word) = Self.files[index]
        let directory = try TemporaryDirectory()
        let url = try directory.write(bytes, as: "x")
        let error = interchangeError { _ = try PyTorchFile(url) }
        let sentence = error?.description ?? "opened"
        #expect(sentence.contains(url.path) && sentence.contains(word), "\(name): \(sentence)")
        #expect(!sentence.contains("\u{1B}"))
    }
}
