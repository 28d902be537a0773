import Foundation
import MiniNN
import MiniSupport
import MiniTensor

/// The weights of a directory in Hugging Face's layout: `model.safetensors`, or several files and
/// `model.safetensors.index.json`, which says in which of them each tensor is.
public struct SafetensorsDirectory: Sendable {
    /// The name of a file that holds everything.
    public static let fileName = "model.safetensors"
    /// The name of the list of several files.
    public static let indexName = "model.safetensors.index.json"

    /// Where it is.
    public let url: URL
    /// The files, one or several.
    public let files: [SafetensorsFile]

    /// Opens the files and checks them against the index.
    ///
    /// - Throws: `InterchangeError` if there is neither file nor index, a file is damaged, the index
    ///   leads out of the directory, or index and files do not name the same tensors.
    public init(
        _ directory: URL, limits: SafetensorsFile.Limits = .init()
    ) throws(InterchangeError) {
        url = directory
        let single = directory.appendingPathComponent(Self.fileName)
        let indexURL = directory.appendingPathComponent(Self.indexName)
        // As `transformers` does: the single file comes first.
        if access(single.path, F_OK) == 0 || access(indexURL.path, F_OK) != 0 {
            files = [try SafetensorsFile(single, limits: limits)]
            return
        }
        let index = try Self.index(indexURL, limits: limits)
        var files: [SafetensorsFile] = []
        for name in Set(index.values).sorted() {
            files.append(
                try SafetensorsFile(directory.appendingPathComponent(name), limits: limits))
        }
        self.files = files
        try Self.check(files, against: index, indexURL)
    }

    private static func index(
        _ url: URL, limits: SafetensorsFile.Limits
    ) throws(InterchangeError) -> [String: String] {
        try asInterchangeError { () throws(FileFailure) in
            let text = try ReadableFile.contents(of: url, limit: limits.headerBytes)
            return try JSONReader<FileFailure>.read(text, of: url.path, as: "the index") {
                (reader) throws(FileFailure) in
                try files(&reader, limits: limits)
            }
        }
    }

    /// The file of each tensor.
    private static func files(
        _ reader: inout JSONReader<FileFailure>, limits: SafetensorsFile.Limits
    ) throws(FileFailure) -> [String: String] {
        var map: [String: String]?
        try reader.object { (reader, key) throws(FileFailure) in
            guard key == "weight_map" else { return try reader.skip() }
            var files: [String: String] = [:]
            try reader.object { (reader, name) throws(FileFailure) in
                guard files.count < limits.tensors else {
                    throw reader.failure("has more than \(limits.tensors) tensors")
                }
                let file = try reader.string()
                guard isPlainName(file) else {
                    throw reader.failure(
                        "leads to \(quoted(file)), which is not a plain file name")
                }
                files[name] = file
            }
            map = files
        }
        try reader.end()
        guard let map else { throw reader.failure("has no weight_map") }
        return map
    }

    /// Whether a name can only mean a weight file in the same directory.
    private static func isPlainName(_ name: String) -> Bool {
        name.hasSuffix(".safetensors") && !name.hasPrefix(".") && name.utf8.count <= 255
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.properties.isAlphabetic || "0"..."9" ~= scalar
                    || "-_.".unicodeScalars.contains(scalar)
            }
    }

    private static func check(
        _ files: [SafetensorsFile], against index: [String: String], _ url: URL
    ) throws(InterchangeError) {
        var mismatch = WeightMismatch(path: url.path)
        var found = Set<String>()
        for file in files {
            for entry in file.entries {
                if index[entry.name] == file.url.lastPathComponent {
                    found.insert(entry.name)
                } else {
                    mismatch.unexpected.append("\(entry.name) in \(file.url.lastPathComponent)")
                }
            }
        }
        mismatch.missing = index.keys.filter { !found.contains($0) }.sorted()
        if !mismatch.isEmpty { throw .weights(mismatch) }
    }

    /// Writes tensors to one file, or to several that hold at most `maximumShardBytes` each (or one
    /// larger tensor) and an index.
    ///
    /// Each file appears whole or not at all; the index comes last. What an earlier export in another
    /// number of files left, so that a reader would take it instead, is deleted.
    ///
    /// - Throws: `InterchangeError` if safetensors does not have the format, or a file cannot be
    ///   written.
    public static func write(
        _ tensors: [(name: String, value: Tensor)], to directory: URL,
        format: NumberFormat = .float32, metadata: [String: String] = [:],
        maximumShardBytes: Int? = nil
    ) throws(InterchangeError) {
        try write(
            tensors, to: directory, format: format, metadata: metadata,
            maximumShardBytes: maximumShardBytes, files: SystemFileOperations())
    }

    package static func write(
        _ tensors: [(name: String, value: Tensor)], to directory: URL, format: NumberFormat,
        metadata: [String: String], maximumShardBytes: Int?, files: any FileOperations
    ) throws(InterchangeError) {
        try format.checkForSafetensors(directory.path)
        do throws(FileOperationFailure) {
            try files.createDirectory(directory.path)
        } catch {
            throw InterchangeError(error.error(directory.path))
        }
        let single = directory.appendingPathComponent(fileName)
        let indexURL = directory.appendingPathComponent(indexName)
        let shards = shards(
            SafetensorsFile.sortedByName(tensors), bytesPerNumber: format.bytesPerBlock,
            limit: maximumShardBytes ?? .max)
        if shards.count <= 1 {
            try SafetensorsFile.write(
                tensors, to: single, format: format, metadata: metadata, files: files)
            try removeStale(indexURL, files)
            return
        }
        var map: [(key: String, value: String)] = []
        for (number, shard) in shards.enumerated() {
            let name = "model-\(padded(number + 1))-of-\(padded(shards.count)).safetensors"
            try SafetensorsFile.write(
                shard, to: directory.appendingPathComponent(name), format: format,
                metadata: metadata, files: files)
            map += shard.map { ($0.name, JSONText.string(name)) }
        }
        let size = tensors.reduce(0) { $0 + $1.value.count * format.bytesPerBlock }
        map.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        let index = JSONText.lines([
            ("metadata", JSONText.lines([("total_size", "\(size)")], indent: "  ")),
            ("weight_map", JSONText.lines(map, indent: "  ")),
        ])
        try asInterchangeError { () throws(FileFailure) in
            try AtomicFile.write((index + "\n").utf8, to: indexURL, files: files)
        }
        try removeStale(single, files)
    }

    /// Neighbours by name share a file as long as they fit.
    private static func shards(
        _ tensors: [(name: String, value: Tensor)], bytesPerNumber: Int, limit: Int
    ) -> [[(name: String, value: Tensor)]] {
        var shards: [[(name: String, value: Tensor)]] = []
        var bytes = 0
        for tensor in tensors {
            let size = tensor.value.count * bytesPerNumber
            if shards.isEmpty || bytes + size > limit {
                shards.append([])
                bytes = 0
            }
            shards[shards.count - 1].append(tensor)
            bytes += size
        }
        return shards
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    private static func removeStale(
        _ url: URL, _ files: any FileOperations
    ) throws(InterchangeError) {
        guard access(url.path, F_OK) == 0 else { return }
        do throws(FileOperationFailure) {
            try files.remove(url.path)
            try files.synchronizeDirectory(url.deletingLastPathComponent().path)
        } catch {
            throw InterchangeError(error.error(url.path))
        }
    }
}
