import MiniSupport

/// The header of a safetensors file, read and checked.
///
/// Every size is checked before it is used, against what is left of the file, with arithmetic that
/// reports overflow: in Swift an overflow would end the process.
struct SafetensorsHeader {
    private typealias Reader = JSONReader<FileFailure>
    /// More axes than any program's tensors have.
    private static let maximumRank = 64

    private(set) var entries: [StoredTensor] = []
    private(set) var metadata: [String: String] = [:]

    init(_ file: ReadableFile, limits: SafetensorsFile.Limits) throws(FileFailure) {
        func malformed(_ field: String, _ problem: String) -> FileFailure {
            .malformed(path: file.path, field: field, problem: problem)
        }
        if let mistake = try file.mistaken(for: .safetensors) { throw mistake }
        guard file.size >= 8 else {
            throw malformed(
                "the file", "has \(file.size) bytes, not even the 8 of the header's length.")
        }
        let prefix = try file.bytes(at: 0, count: 8)
        let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Swift.max(0, limits.headerBytes)) else {
            throw malformed(
                "the header's length", "is \(length); more than \(limits.headerBytes) is refused.")
        }
        guard length <= UInt64(file.size - 8) else {
            throw malformed(
                "the header's length",
                "is \(length), but only \(file.size - 8) bytes follow.\(Self.advice)")
        }
        let bytes = try file.bytes(at: 8, count: Int(length))
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        guard bytes.first(where: { !isBlank($0) }) == UInt8(ascii: "{") else {
            throw malformed("the header", "does not start with a '{'.")
        }
        (entries, metadata) = try Reader.read(bytes, of: file.path, as: "the header") {
            (reader) throws(FileFailure) in
            try Self.read(&reader, limits: limits)
        }
        try place(dataStart: 8 + Int(length), file)
    }

    /// What helps most who have a file that ends too early.
    private static let advice =
        " If the file was downloaded, that broke off: download it again."

    // MARK: Reading

    private static func read(
        _ reader: inout Reader, limits: SafetensorsFile.Limits
    ) throws(FileFailure) -> ([StoredTensor], [String: String]) {
        var entries: [StoredTensor] = []
        var metadata: [String: String] = [:]
        try reader.object { (reader, name) throws(FileFailure) in
            guard name != "__metadata__" else {
                metadata = try Self.metadata(&reader, limits: limits)
                return
            }
            guard entries.count < limits.tensors else {
                throw reader.failure("has more than \(limits.tensors) tensors")
            }
            entries.append(try Self.entry(&reader, name: name))
        }
        try reader.end()
        return (entries, metadata)
    }

    private static func metadata(
        _ reader: inout Reader, limits: SafetensorsFile.Limits
    ) throws(FileFailure) -> [String: String] {
        var metadata: [String: String] = [:]
        if try reader.takeNull() { return metadata }
        try reader.object { (reader, key) throws(FileFailure) in
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
    ) throws(FileFailure) -> StoredTensor {
        var type: SafetensorsType?
        var shape: [Int]?
        var offsets: [Int]?
        try reader.object { (reader, key) throws(FileFailure) in
            switch key {
            case "dtype":
                let word = try reader.string()
                guard let known = SafetensorsType(name: word) else {
                    throw .unsupported(
                        path: reader.file, field: "tensor \(quoted(name))",
                        problem: "has the type \(quoted(word)), which is not known.")
                }
                type = known
            case "shape":
                shape = try numbers(&reader, limit: maximumRank, "axes")
            case "data_offsets":
                offsets = try numbers(&reader, limit: 2, "offsets")
            default:
                // The reference passes over what it does not know.
                try reader.skip()
            }
        }
        guard let type, let shape, let offsets else {
            throw reader.failure(
                "does not give \(quoted(name)) all of dtype, shape and data_offsets")
        }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw reader.failure("gives \(quoted(name)) offsets that are not a start and an end")
        }
        guard let size = byteCount(shape, type) else {
            throw reader.failure(
                "gives \(quoted(name)) the shape \(shape), whose \(type.name) numbers fill no whole bytes that can be counted"
            )
        }
        guard size == offsets[1] - offsets[0] else {
            throw reader.failure(
                "gives \(quoted(name)) \(offsets[1] - offsets[0]) bytes, which is not the size of \(type.name) \(shape)"
            )
        }
        return StoredTensor(
            name: name, type: type.name, shape: shape, byteRange: offsets[0]..<offsets[1],
            numbers: type.numbers)
    }

    private static func numbers(
        _ reader: inout Reader, limit: Int, _ what: String
    ) throws(FileFailure) -> [Int] {
        var numbers: [Int] = []
        try reader.array { (reader, _) throws(FileFailure) in
            guard numbers.count < limit else {
                throw reader.failure("has more than \(limit) \(what)")
            }
            numbers.append(try reader.wholeNumber())
        }
        return numbers
    }

    /// The bytes of a shape; `nil` if they, or the strides of the tensor, would overflow, or numbers
    /// of less than a byte do not fill the last one.
    private static func byteCount(_ shape: [Int], _ type: SafetensorsType) -> Int? {
        var reach = type.bits
        for extent in shape {
            let (product, overflow) = reach.multipliedReportingOverflow(by: Swift.max(1, extent))
            if overflow { return nil }
            reach = product
        }
        if shape.contains(0) { return 0 }
        return reach % 8 == 0 ? reach / 8 : nil
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
                    problem:
                        "ends at byte \(range.upperBound), but there are only \(available).\(Self.advice)"
                )
            }
            end = range.upperBound
            entries[index] = StoredTensor(
                name: entry.name, type: entry.type, shape: entry.shape,
                byteRange: dataStart + range.lowerBound..<dataStart + range.upperBound,
                numbers: entry.numbers)
        }
        guard end == available else {
            throw .malformed(
                path: file.path, field: "the file",
                problem: "has \(available - end) bytes after the last tensor.")
        }
    }
}
