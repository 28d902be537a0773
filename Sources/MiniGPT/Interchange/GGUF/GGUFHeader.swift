import MiniSupport

/// Everything of a GGUF file but the numbers of its tensors, read and checked.
///
/// Arrays stay in the file until they are asked for: a list of empty texts is larger in memory than
/// on the disk.
struct GGUFHeader {
    struct ArrayPlace: Sendable {
        let type: GGUFValueType
        let count: Int
        let offset: Int
    }

    private static let maximumEntries = 65_536
    private static let maximumText = 1 << 20
    private static let maximumName = 64
    private static let maximumAlignment = 1 << 16

    private(set) var values: [String: GGUFValue] = [:]
    private(set) var arrays: [String: ArrayPlace] = [:]
    private(set) var entries: [StoredTensor] = []
    private let path: String

    init(_ file: ReadableFile) throws(FileFailure) {
        path = file.path
        var cursor = ByteCursor(file)
        if let mistake = try file.mistaken(for: .gguf) { throw mistake }
        guard file.size >= 24, try cursor.bytes(4) == Array("GGUF".utf8) else {
            throw malformed("the file", "does not start as a GGUF file does.")
        }
        try checkVersion(try cursor.number(UInt32.self))
        let tensors = try count("the number of tensors", &cursor, smallest: 24)
        let keys = try count("the number of keys", &cursor, smallest: 13)
        for _ in 0..<keys { try readValue(&cursor) }
        let alignment = try alignment()
        try readEntries(tensors, &cursor, alignment)
    }

    private func checkVersion(_ version: UInt32) throws(FileFailure) {
        let problem: String
        switch version {
        case 2, 3: return
        case 1:
            problem =
                "is 1, which was in use for some days of August 2023; download a newer file of the model."
        case _ where (1...3).contains(version.byteSwapped):
            problem =
                "is \(version.byteSwapped) with the bytes swapped: the file is big-endian; turn it round with `gguf-convert-endian FILE little` of the Python package gguf."
        default: problem = "is \(version); 2 and 3 can be read."
        }
        throw .unsupported(path: path, field: "the version", problem: problem)
    }

    private func malformed(_ field: String, _ problem: String) -> FileFailure {
        .malformed(path: path, field: field, problem: problem)
    }

    /// A number of things that take at least `smallest` bytes each.
    private func count(
        _ field: String, _ cursor: inout ByteCursor, smallest: Int
    ) throws(FileFailure) -> Int {
        let number = try cursor.number(UInt64.self)
        guard number <= UInt64(min(Self.maximumEntries, cursor.remaining / smallest)) else {
            throw malformed(field, "is \(number), which is more than the file has room for.")
        }
        return Int(number)
    }

    // MARK: Keys and values

    private mutating func readValue(_ cursor: inout ByteCursor) throws(FileFailure) {
        let key = try Self.string(&cursor, "a key")
        let field = "the value of \(quoted(key))"
        guard values[key] == nil else { throw malformed("the key \(quoted(key))", "comes twice.") }
        let type = try valueType(&cursor, field)
        if type == .array {
            let place = try arrayPlace(&cursor, field)
            arrays[key] = place
            values[key] = .array(count: place.count)
        } else {
            values[key] = try Self.scalar(type, &cursor, field)
        }
    }

    private func valueType(
        _ cursor: inout ByteCursor, _ field: String
    ) throws(FileFailure) -> GGUFValueType {
        let code = try cursor.number(UInt32.self)
        guard let type = GGUFValueType(rawValue: code) else {
            throw malformed(field, "has the type \(code), which does not exist.")
        }
        return type
    }

    /// Passes over an array and notes where it is.
    private func arrayPlace(
        _ cursor: inout ByteCursor, _ field: String
    ) throws(FileFailure) -> ArrayPlace {
        let type = try valueType(&cursor, field)
        guard type != .array else { throw malformed(field, "is an array of arrays.") }
        let number = try cursor.number(UInt64.self)
        // A text takes at least the eight bytes of its length.
        let size = type.bytes ?? 8
        guard number <= UInt64(cursor.remaining / size) else {
            throw malformed(
                field, "has \(number) elements, which is more than the file has room for.")
        }
        let place = ArrayPlace(type: type, count: Int(number), offset: cursor.position)
        if type == .string {
            for _ in 0..<place.count {
                try cursor.skip(try Self.length(&cursor, field, limit: Self.maximumText))
            }
        } else {
            try cursor.skip(place.count * size)
        }
        return place
    }

    static func scalar(
        _ type: GGUFValueType, _ cursor: inout ByteCursor, _ field: String
    ) throws(FileFailure) -> GGUFValue {
        switch type {
        case .uint8: return .integer(Int(try cursor.number(UInt8.self)))
        case .int8: return .integer(Int(try cursor.number(Int8.self)))
        case .uint16: return .integer(Int(try cursor.number(UInt16.self)))
        case .int16: return .integer(Int(try cursor.number(Int16.self)))
        case .uint32: return .integer(Int(try cursor.number(UInt32.self)))
        case .int32: return .integer(Int(try cursor.number(Int32.self)))
        case .int64: return .integer(Int(try cursor.number(Int64.self)))
        case .uint64:
            let number = try cursor.number(UInt64.self)
            return Int(exactly: number).map { .integer($0) } ?? .unsigned(number)
        case .float32:
            return .number(Double(Float(bitPattern: try cursor.number(UInt32.self))))
        case .float64:
            return .number(Double(bitPattern: try cursor.number(UInt64.self)))
        case .boolean:
            let byte = try cursor.number(UInt8.self)
            guard byte <= 1 else {
                throw .malformed(
                    path: cursor.file.path, field: field, problem: "is \(byte), not true or false.")
            }
            return .boolean(byte == 1)
        case .string: return .string(try string(&cursor, field))
        case .array:
            throw .malformed(
                path: cursor.file.path, field: field, problem: "is an array of arrays.")
        }
    }

    static func string(
        _ cursor: inout ByteCursor, _ field: String, limit: Int = maximumText
    ) throws(FileFailure) -> String {
        let bytes = try cursor.bytes(try length(&cursor, field, limit: limit))
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed(path: cursor.file.path, field: field, problem: "is not UTF-8.")
        }
        return text
    }

    private static func length(
        _ cursor: inout ByteCursor, _ field: String, limit: Int
    ) throws(FileFailure) -> Int {
        let length = try cursor.number(UInt64.self)
        guard length <= UInt64(min(limit, cursor.remaining)) else {
            throw .malformed(
                path: cursor.file.path, field: field,
                problem: "has \(length) bytes; \(min(limit, cursor.remaining)) are possible.")
        }
        return Int(length)
    }

    private func alignment() throws(FileFailure) -> Int {
        guard let value = values["general.alignment"] else { return 32 }
        guard case .integer(let alignment) = value, alignment >= 8,
            alignment <= Self.maximumAlignment, alignment & (alignment - 1) == 0
        else {
            throw malformed(
                "general.alignment",
                "is \(value), not a power of two from 8 to \(Self.maximumAlignment).")
        }
        return alignment
    }

    // MARK: Tensors

    private struct Description {
        let name: String
        let type: GGMLType
        let shape: [Int]
        let bytes: Int
        let offset: UInt64
    }

    private mutating func readEntries(
        _ count: Int, _ cursor: inout ByteCursor, _ alignment: Int
    ) throws(FileFailure) {
        var descriptions: [Description] = []
        var names = Set<String>()
        for _ in 0..<count {
            let description = try description(&cursor)
            guard names.insert(description.name).inserted else {
                throw malformed("the tensor \(quoted(description.name))", "comes twice.")
            }
            descriptions.append(description)
        }
        let padding = (alignment - cursor.position % alignment) % alignment
        guard count == 0 || padding <= cursor.remaining else {
            throw malformed("the file", "ends before the numbers.")
        }
        let dataStart = cursor.position + min(padding, cursor.remaining)
        let available = cursor.file.size - dataStart
        var end = 0
        for description in descriptions {
            let field = "the tensor \(quoted(description.name))"
            // Tensors follow each other, each at the next multiple of the alignment; `end` is at most
            // the size of the file, so rounding it up cannot overflow.
            let start = end + (alignment - end % alignment) % alignment
            guard description.offset == UInt64(start) else {
                throw malformed(
                    field, "starts at byte \(description.offset), but should at \(start).")
            }
            guard start <= available, description.bytes <= available - start else {
                throw malformed(
                    field,
                    "has \(description.bytes) bytes, but only \(max(0, available - start)) are left; if the file was downloaded, that broke off: download it again."
                )
            }
            end = start + description.bytes
            entries.append(
                StoredTensor(
                    name: description.name, type: description.type.name, shape: description.shape,
                    byteRange: dataStart + start..<dataStart + end,
                    numbers: description.type.numbers))
        }
        guard available - end < alignment else {
            throw malformed("the file", "has \(available - end) bytes after the last tensor.")
        }
    }

    private func description(_ cursor: inout ByteCursor) throws(FileFailure) -> Description {
        let name = try Self.string(&cursor, "the name of a tensor", limit: Self.maximumName)
        let field = "the tensor \(quoted(name))"
        let rank = try cursor.number(UInt32.self)
        guard (1...4).contains(rank) else {
            throw malformed(field, "has \(rank) axes, not 1 to 4.")
        }
        var extents: [Int] = []
        var count = 1
        for _ in 0..<rank {
            let extent = try cursor.number(UInt64.self)
            guard let extent = Int(exactly: extent), extent > 0 else {
                throw malformed(field, "has an axis of length \(extent).")
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow else {
                throw malformed(field, "has more elements than can be counted.")
            }
            count = product
            extents.append(extent)
        }
        let code = try cursor.number(UInt32.self)
        guard let type = GGMLType(code: code) else {
            throw .unsupported(
                path: path, field: field, problem: "has the type \(code), which is not known.")
        }
        guard let bytes = type.bytes(count: count, rowLength: extents[0]) else {
            throw malformed(
                field, "has rows of \(extents[0]) numbers, which \(type.name) cannot hold.")
        }
        return Description(
            name: name, type: type, shape: extents.reversed(), bytes: bytes,
            offset: try cursor.number(UInt64.self))
    }
}
