import Foundation
import MiniNN
import MiniSupport
import MiniTensor

/// The tensors that `torch.save` wrote of a model's `state_dict`: `pytorch_model.bin`.
///
///     let file = try PyTorchFile(url)
///     for entry in file.entries { print(entry.name, entry.shape) }
///
/// Such a file is a Python pickle, which in Python can run anything. Here nothing is run: the few
/// names that tensors need are understood, and a file with any other is refused by that name. Read
/// are the zip archives of PyTorch 1.6 (2020) and later, and the pickles in a row of before.
public struct PyTorchFile: Sendable {
    /// Where it is.
    public let url: URL
    let table: TensorTable

    /// Opens a file and reads its list of tensors.
    ///
    /// - Throws: `InterchangeError` if it is something else, is damaged, or holds anything but tensors.
    public init(_ url: URL) throws(InterchangeError) {
        self.url = url
        table = try asInterchangeError { () throws(FileFailure) in
            let file = try ReadableFile(url)
            let entries =
                switch try file.content() {
                case .zip: try PyTorchArchive(file).entries
                case .pickle: try LegacyPyTorchFile(file).entries
                case let other?: throw .unsupported(path: file.path, other)
                case nil:
                    throw .malformed(
                        path: file.path, field: "the file",
                        problem: "does not start as a file of torch.save does.")
                }
            return TensorTable(
                file, entries, readableTypes: "float32, float16, bfloat16 and float64")
        }
    }

    /// All tensors, by name. Several may share their numbers.
    public var entries: [StoredTensor] { table.entries }

    /// What the file says of the tensor of that name.
    public subscript(entry name: String) -> StoredTensor? { table[name] }

    /// Reads a tensor of float32, float16, bfloat16 or float64 numbers.
    ///
    /// - Throws: `InterchangeError` if there is none of that name, its numbers are of another type, or
    ///   the file cannot be read.
    public func tensor(_ name: String) throws(InterchangeError) -> Tensor {
        try table.tensor(name)
    }
}

extension PyTorchFile: WeightFile {
    package var path: String { url.path }

    package func read(
        _ entry: StoredTensor, isTransposed: Bool
    ) throws(InterchangeError) -> Tensor {
        try table.tensor(entry, isTransposed: isTransposed)
    }
}

/// The zip archive that `torch.save` writes: `NAME/data.pkl`, and the numbers of each storage.
private struct PyTorchArchive {
    let entries: [StoredTensor]

    init(_ file: ReadableFile) throws(FileFailure) {
        func unsupported(_ problem: String) -> FileFailure {
            .unsupported(path: file.path, field: "the file", problem: problem)
        }
        let archive = try ZipArchive(file)
        let suffix = "/data.pkl"
        let lists = archive.members.filter { $0.key.hasSuffix(suffix) }
        guard let name = lists.keys.first, lists.count == 1 else {
            throw unsupported(
                "is a zip archive, but not one of torch.save: it has no data.pkl, or several.")
        }
        let root = name.dropLast(suffix.count)
        guard archive.members["\(root)/constants.pkl"] == nil else {
            throw unsupported(
                "is a program of TorchScript; save the model's state_dict where it was made.")
        }
        func stored(_ name: String) throws(FileFailure) -> ZipArchive.Member? {
            guard let member = archive.members[name] else { return nil }
            guard member.isStored else {
                throw unsupported(
                    "has compressed or encrypted members, which torch.save does not write; unpack it and save it again."
                )
            }
            return member
        }
        if let order = try stored("\(root)/byteorder"), order.size <= 16,
            try file.bytes(at: order.start, count: order.size) == Array("big".utf8)
        {
            throw unsupported("is big-endian; save it on a little-endian machine.")
        }
        guard let list = try stored(name) else { throw unsupported("has no data.pkl.") }
        var reader = PickleReader(
            ByteCursor(file, at: list.start, end: list.start + list.size))
        let state = try reader.read()
        entries = try PickledState(reader, state).entries { (storage) throws(FileFailure) in
            guard let member = try stored("\(root)/data/\(storage.key)") else {
                throw reader.malformed("refers to a storage that is not there.")
            }
            return member.start..<member.start + member.size
        }
    }
}

/// What `torch.save` wrote before version 1.6: a magic number, the format's version, facts of the
/// machine, the tensors and the names of the storages, each as a pickle of its own, then the numbers.
private struct LegacyPyTorchFile {
    let entries: [StoredTensor]
    /// The pickle of 0x1950A86A20F9469CFC6C.
    private static let magic: [UInt8] = [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]

    init(_ file: ReadableFile) throws(FileFailure) {
        guard file.size > Self.magic.count,
            try file.bytes(at: 0, count: Self.magic.count) == Self.magic
        else {
            throw .unsupported(
                path: file.path, field: "the file",
                problem:
                    "is a Python pickle, but not one of torch.save; save the model's state_dict where it was made."
            )
        }
        var header = PickleReader(ByteCursor(file, at: Self.magic.count))
        guard try header.read() == .integer(1001) else {
            throw header.malformed("has another version of the format than 1001.")
        }
        let machine = try header.read()
        if case .dictionary(let facts)? = header.object(machine),
            facts["little_endian"] == .boolean(false)
        {
            throw .unsupported(
                path: file.path, field: "the file",
                problem: "is big-endian; save it on a little-endian machine.")
        }
        var reader = PickleReader(header.cursor)
        let state = try reader.read()
        var names = PickleReader(reader.cursor)
        let list = try names.read()
        guard case .list(let keys)? = names.object(list) else {
            throw names.malformed("has no list of storages.")
        }
        let places = try Self.places(keys, reader.objects, names.cursor)
        entries = try PickledState(reader, state).entries { (storage) throws(FileFailure) in
            guard let place = places[storage.key] else {
                throw reader.malformed("refers to a storage that is not there.")
            }
            return place
        }
    }

    /// Where the numbers of each storage are: after their count, in the order of the list.
    private static func places(
        _ keys: [PickleValue], _ objects: [PickleObject], _ start: ByteCursor
    ) throws(FileFailure) -> [String: Range<Int>] {
        var cursor = start
        var sizes: [String: Int] = [:]
        for case .storage(let storage) in objects { sizes[storage.key] = storage.type.bytes }
        var places: [String: Range<Int>] = [:]
        for key in keys {
            guard case .text(let key) = key, let size = sizes[key] else {
                throw .malformed(
                    path: cursor.file.path, field: "the list of storages",
                    problem: "names one that no tensor has.")
            }
            let count = try cursor.number(UInt64.self)
            guard count <= UInt64(cursor.remaining / size) else {
                throw .malformed(
                    path: cursor.file.path, field: "a storage",
                    problem:
                        "has \(count) numbers, more than are left. If the file was downloaded, that broke off: download it again."
                )
            }
            places[key] = cursor.position..<cursor.position + Int(count) * size
            try cursor.skip(Int(count) * size)
        }
        return places
    }
}
