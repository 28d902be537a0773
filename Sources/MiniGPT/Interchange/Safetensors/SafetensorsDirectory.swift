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

    /// The place among the files of the one that holds each tensor.
    private let places: [String: Int]

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
            places = [:]
            return
        }
        let index = try WeightIndex(
            indexURL, suffix: ".safetensors", limit: limits.headerBytes)
        var files: [SafetensorsFile] = []
        for url in index.files { files.append(try SafetensorsFile(url, limits: limits)) }
        try index.check(files.map { ($0.url, $0.entries) })
        self.files = files
        let pairs = files.enumerated().flatMap { number, file in
            file.entries.map { ($0.name, number) }
        }
        places = Dictionary(uniqueKeysWithValues: pairs)
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

extension SafetensorsDirectory: WeightFile {
    package var path: String { url.path }
    package var entries: [StoredTensor] { files.flatMap(\.entries) }

    package func read(
        _ entry: StoredTensor, isTransposed: Bool
    ) throws(InterchangeError) -> Tensor {
        try files[places[entry.name] ?? 0].read(entry, isTransposed: isTransposed)
    }
}
