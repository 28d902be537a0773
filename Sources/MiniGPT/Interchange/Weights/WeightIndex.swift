import Foundation
import MiniSupport

/// The list that says in which of several files each tensor is: `model.safetensors.index.json`.
struct WeightIndex {
    /// The most tensors that are believed.
    private static let maximumTensors = 1 << 20

    private let url: URL
    /// The file of each tensor.
    private let places: [String: String]

    /// Reads an index.
    ///
    /// - Parameters:
    ///   - suffix: how the names of the files must end: ".safetensors".
    ///   - limit: the most bytes that it may have.
    init(_ url: URL, suffix: String, limit: Int) throws(InterchangeError) {
        self.url = url
        places = try asInterchangeError { () throws(FileFailure) in
            let text = try ReadableFile.foreignText(of: url, limit: limit)
            return try JSONReader<FileFailure>.read(text, of: url.path, as: "the index") {
                (reader) throws(FileFailure) in
                reader.acceptsPythonNumbers = true
                return try Self.places(&reader, suffix: suffix)
            }
        }
    }

    private static func places(
        _ reader: inout JSONReader<FileFailure>, suffix: String
    ) throws(FileFailure) -> [String: String] {
        var map: [String: String]?
        try reader.object { (reader, key) throws(FileFailure) in
            guard key == "weight_map" else { return try reader.skip() }
            var places: [String: String] = [:]
            try reader.object { (reader, name) throws(FileFailure) in
                guard places.count < maximumTensors else {
                    throw reader.failure("has more than \(maximumTensors) tensors")
                }
                let file = try reader.string()
                guard isPlainName(file, suffix: suffix) else {
                    throw reader.failure(
                        "leads to \(quoted(file)), which is not a plain file name")
                }
                places[name] = file
            }
            map = places
        }
        try reader.end()
        guard let map else { throw reader.failure("has no weight_map") }
        return map
    }

    /// Whether a name can only mean a weight file in the same directory.
    private static func isPlainName(_ name: String, suffix: String) -> Bool {
        name.hasSuffix(suffix) && !name.hasPrefix(".") && name.utf8.count <= 255
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.properties.isAlphabetic || "0"..."9" ~= scalar
                    || "-_.".unicodeScalars.contains(scalar)
            }
    }

    /// The files, by name.
    var files: [URL] {
        let directory = url.deletingLastPathComponent()
        return Set(places.values).sorted().map { directory.appendingPathComponent($0) }
    }

    /// Checks that files and index name the same tensors.
    func check(_ files: [(url: URL, entries: [StoredTensor])]) throws(InterchangeError) {
        var mismatch = WeightMismatch(path: url.path)
        var found = Set<String>()
        for (file, entries) in files {
            for entry in entries {
                if places[entry.name] == file.lastPathComponent {
                    found.insert(entry.name)
                } else {
                    mismatch.unexpected.append("\(entry.name) in \(file.lastPathComponent)")
                }
            }
        }
        mismatch.missing = places.keys.filter { !found.contains($0) }.sorted()
        if !mismatch.isEmpty { throw .weights(mismatch) }
    }
}
