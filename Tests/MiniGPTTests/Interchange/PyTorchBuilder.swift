/// Writes pickles and zip archives, sound and otherwise, operation by operation.
struct PickleBuilder {
    /// A text: BINUNICODE.
    static func text(_ text: String) -> [UInt8] {
        [UInt8(ascii: "X")] + littleEndian(UInt32(text.utf8.count)) + Array(text.utf8)
    }

    /// A whole number: BININT.
    static func integer(_ value: Int) -> [UInt8] {
        [UInt8(ascii: "J")] + littleEndian(Int32(truncatingIfNeeded: value))
    }

    /// A name of Python: GLOBAL.
    static func name(_ module: String, _ name: String) -> [UInt8] {
        Array("c\(module)\n\(name)\n".utf8)
    }

    /// A tuple of values.
    static func tuple(_ values: [UInt8]...) -> [UInt8] {
        [UInt8(ascii: "(")] + values.flatMap { $0 } + [UInt8(ascii: "t")]
    }

    static func sizes(_ sizes: [Int]) -> [UInt8] {
        [UInt8(ascii: "(")] + sizes.flatMap(integer) + [UInt8(ascii: "t")]
    }

    /// A tensor that is a view of a storage.
    static func tensor(
        _ shape: [Int], strides: [Int], offset: Int = 0, type: String = "FloatStorage",
        key: String = "0", count: Int
    ) -> [UInt8] {
        let storage =
            tuple(
                text("storage"), name("torch", type), text(key), text("cpu"), integer(count))
            + [UInt8(ascii: "Q")]
        return name("torch._utils", "_rebuild_tensor_v2")
            + tuple(
                storage, integer(offset), sizes(shape), sizes(strides), [0x89],
                name("collections", "OrderedDict") + tuple() + [UInt8(ascii: "R")])
            + [UInt8(ascii: "R")]
    }

    /// A whole pickle of a dictionary.
    static func pickle(_ members: [(String, [UInt8])]) -> [UInt8] {
        [0x80, 2] + Array("}(".utf8) + members.flatMap { text($0.0) + $0.1 } + Array("u.".utf8)
    }
}

/// A zip archive of stored members.
struct ZipBuilder {
    struct Member {
        var name: String
        var bytes: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0
        /// Whether sizes and offset are written as 64-bit extra fields.
        var isLarge = false
        /// What the directory says of the size, if that is not true.
        var claimedSize: UInt32?
        var claimedOffset: UInt32?
    }

    var members: [Member] = []
    var comment: [UInt8] = []
    /// Whether the numbers of the directory are in a record of 64 bits.
    var isLarge = false

    /// An archive as `torch.save` writes one.
    static func torch(_ pickle: [UInt8], storages: [String: [UInt8]] = [:]) -> ZipBuilder {
        var zip = ZipBuilder()
        zip.members = [.init(name: "archive/data.pkl", bytes: pickle)]
        for (key, bytes) in storages.sorted(by: { $0.key < $1.key }) {
            zip.members.append(.init(name: "archive/data/\(key)", bytes: bytes))
        }
        return zip
    }

    var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let offset = file.count
            let name = Array(member.name.utf8)
            let size = member.claimedSize ?? UInt32(member.bytes.count)
            file += Array("PK\u{3}\u{4}".utf8) + littleEndian(UInt16(0))
            file += littleEndian(member.flags) + littleEndian(member.method)
            file += [UInt8](repeating: 0, count: 8) + littleEndian(size) + littleEndian(size)
            file += littleEndian(UInt16(name.count)) + littleEndian(UInt16(0)) + name
            file += member.bytes

            let extra =
                member.isLarge
                ? littleEndian(UInt16(1)) + littleEndian(UInt16(24))
                    + littleEndian(UInt64(size)) + littleEndian(UInt64(size))
                    + littleEndian(UInt64(offset)) : []
            let said = member.isLarge ? UInt32.max : size
            directory += Array("PK\u{1}\u{2}".utf8) + [UInt8](repeating: 0, count: 4)
            directory += littleEndian(member.flags) + littleEndian(member.method)
            directory += [UInt8](repeating: 0, count: 8) + littleEndian(said) + littleEndian(said)
            directory += littleEndian(UInt16(name.count)) + littleEndian(UInt16(extra.count))
            directory += [UInt8](repeating: 0, count: 10)
            directory += littleEndian(
                member.isLarge ? .max : member.claimedOffset ?? UInt32(offset))
            directory += name + extra
        }
        let start = file.count
        file += directory
        if isLarge {
            let record = file.count
            file += Array("PK\u{6}\u{6}".utf8) + littleEndian(UInt64(44))
            file += [UInt8](repeating: 0, count: 12)
            file += littleEndian(UInt64(members.count)) + littleEndian(UInt64(members.count))
            file += littleEndian(UInt64(directory.count)) + littleEndian(UInt64(start))
            file += Array("PK\u{6}\u{7}".utf8) + littleEndian(UInt32(0))
            file += littleEndian(UInt64(record)) + littleEndian(UInt32(1))
        }
        file += Array("PK\u{5}\u{6}".utf8) + [UInt8](repeating: 0, count: 4)
        let count = isLarge ? UInt16.max : UInt16(members.count)
        file += littleEndian(count) + littleEndian(count)
        file += littleEndian(isLarge ? .max : UInt32(directory.count))
        file += littleEndian(isLarge ? .max : UInt32(start))
        return file + littleEndian(UInt16(comment.count)) + comment
    }
}
