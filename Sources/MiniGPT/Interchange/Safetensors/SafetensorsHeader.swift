import MiniSupport

/// The header of a safetensors file, read and checked.
///
/// Every size is checked before it is used, against what is left of the file, with arithmetic that
/// reports overflow: in Swift an overflow would end the process.
struct SafetensorsHeader {
    typealias Entry = SafetensorsFile.Entry
    private typealias Reader = JSONReader<JSONProblem>

    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]

    init(_ file: ReadableFile, limits: SafetensorsFile.Limits) throws(FileFailure) {
        func malformed(_ field: String, _ problem: String) -> FileFailure {
            .malformed(path: file.path, field: field, problem: problem)
        }
        guard file.size >= 8 else {
            throw malformed(
                "the file", "has \(file.size) bytes, not even the 8 of the header's length.")
        }
        let prefix = try file.bytes(at: 0, count: 8)
        let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(file.size - 8) else {
            throw malformed(
                "the header's length", "is \(length), but only \(file.size - 8) bytes follow.")
        }
        guard length <= UInt64(Swift.max(0, limits.headerBytes)) else {
            throw malformed(
                "the header's length", "is \(length); more than \(limits.headerBytes) is refused.")
        }
        let bytes = try file.bytes(at: 8, count: Int(length))
        guard bytes.first == UInt8(ascii: "{") else {
            throw malformed("the header", "does not start with a '{'.")
        }
        do throws(JSONProblem) {
            (entries, metadata) = try JSONReader<JSONProblem>.read(bytes) {
                (reader) throws(JSONProblem) in
                try Self.read(&reader, limits: limits)
            }
        } catch {
            throw malformed("the header", "\(error.problem) (byte \(8 + error.position)).")
        }
        try place(dataStart: 8 + Int(length), file)
    }

    // MARK: Reading

    private static func read(
        _ reader: inout Reader, limits: SafetensorsFile.Limits
    ) throws(JSONProblem) -> ([Entry], [String: String]) {
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        try reader.object { (reader, name) throws(JSONProblem) in
            guard name != "__metadata__" else {
                metadata = try Self.metadata(&reader, limits: limits)
                return
            }
            guard entries.count < limits.tensors else {
                throw reader.failure("has more than \(limits.tensors) tensors")
            }
            guard name.utf8.count <= limits.nameBytes else {
                throw reader.failure("has a name of more than \(limits.nameBytes) bytes")
            }
            entries.append(try Self.entry(&reader, name: name))
        }
        try reader.endWithBlanks()
        return (entries, metadata)
    }

    private static func metadata(
        _ reader: inout Reader, limits: SafetensorsFile.Limits
    ) throws(JSONProblem) -> [String: String] {
        var metadata: [String: String] = [:]
        try reader.object { (reader, key) throws(JSONProblem) in
            guard metadata.count < limits.tensors else {
                throw reader.failure("has more than \(limits.tensors) pairs of metadata")
            }
            metadata[key] = try reader.string()
        }
        return metadata
    }

    /// One tensor; its range is still relative to the start of the numbers.
    private static func entry(
        _ reader: inout Reader, name: String
    ) throws(JSONProblem) -> Entry {
        var type: SafetensorsType?
        var shape: [Int]?
        var offsets: [Int]?
        try reader.object { (reader, key) throws(JSONProblem) in
            switch key {
            case "dtype":
                let word = try reader.string()
                guard let known = SafetensorsType(name: word) else {
                    throw reader.failure(
                        "gives \(quoted(name)) the type \(quoted(word)), which is not known")
                }
                type = known
            case "shape":
                shape = try numbers(&reader, limit: 6, "axes")
            case "data_offsets":
                offsets = try numbers(&reader, limit: 2, "offsets")
            default:
                throw reader.failure("gives \(quoted(name)) the unknown property \(quoted(key))")
            }
        }
        guard let type, let shape, let offsets else {
            throw reader.failure(
                "does not give \(quoted(name)) all of dtype, shape and data_offsets")
        }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw reader.failure("gives \(quoted(name)) offsets that are not a start and an end")
        }
        guard let size = byteCount(shape, type), size == offsets[1] - offsets[0] else {
            throw reader.failure(
                "gives \(quoted(name)) \(offsets[1] - offsets[0]) bytes, which is not the size of \(type.name) \(shape)"
            )
        }
        return Entry(
            name: name, type: type.name, shape: shape, byteRange: offsets[0]..<offsets[1],
            format: type.format)
    }

    private static func numbers(
        _ reader: inout Reader, limit: Int, _ what: String
    ) throws(JSONProblem) -> [Int] {
        var numbers: [Int] = []
        try reader.array { (reader, _) throws(JSONProblem) in
            guard numbers.count < limit else {
                throw reader.failure("has more than \(limit) \(what)")
            }
            numbers.append(try reader.wholeNumber())
        }
        return numbers
    }

    /// The bytes of a shape; `nil` if they, or the strides of the tensor, would overflow.
    private static func byteCount(
        _ shape: [Int], _ type: SafetensorsType
    ) -> Int? {
        var reach = type.bytes
        for extent in shape {
            let (product, overflow) = reach.multipliedReportingOverflow(by: Swift.max(1, extent))
            if overflow { return nil }
            reach = product
        }
        return shape.contains(0) ? 0 : reach
    }

    // MARK: Checking

    /// Makes the ranges absolute; they must cover the rest of the file, each byte once.
    private mutating func place(
        dataStart: Int, _ file: ReadableFile
    ) throws(FileFailure) {
        entries.sort {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound)
                < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
        }
        let available = file.size - dataStart
        var end = 0
        for index in entries.indices {
            let (entry, range) = (entries[index], entries[index].byteRange)
            guard range.lowerBound == end else {
                throw .malformed(
                    path: file.path, field: "tensor \(quoted(entry.name))",
                    problem:
                        "starts at byte \(range.lowerBound), but the one before ends at \(end): tensors may neither overlap nor leave holes."
                )
            }
            guard range.upperBound <= available else {
                throw .malformed(
                    path: file.path, field: "tensor \(quoted(entry.name))",
                    problem: "ends at byte \(range.upperBound), but there are only \(available).")
            }
            end = range.upperBound
            entries[index] = Entry(
                name: entry.name, type: entry.type, shape: entry.shape,
                byteRange: dataStart + range.lowerBound..<dataStart + range.upperBound,
                format: entry.format)
        }
        guard end == available else {
            throw .malformed(
                path: file.path, field: "the file",
                problem: "has \(available - end) bytes after the last tensor.")
        }
    }
}
