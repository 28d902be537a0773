import Foundation
import MiniSupport
import MiniTensor

/// The weights of a directory as `transformers` saved them until 2023: `pytorch_model.bin`, or several
/// files and `pytorch_model.bin.index.json`.
struct PyTorchDirectory: WeightFile {
    static let fileName = "pytorch_model.bin"
    static let indexName = "pytorch_model.bin.index.json"
    private static let maximumIndex = 100_000_000

    let path: String
    private let files: [PyTorchFile]
    /// The place among the files of the one that holds each tensor.
    private let places: [String: Int]

    init(_ directory: URL) throws(InterchangeError) {
        path = directory.path
        let single = directory.appendingPathComponent(Self.fileName)
        if access(single.path, F_OK) == 0 {
            files = [try PyTorchFile(single)]
            places = [:]
            return
        }
        let index = try WeightIndex(
            directory.appendingPathComponent(Self.indexName), suffix: ".bin",
            limit: Self.maximumIndex)
        var files: [PyTorchFile] = []
        for url in index.files { files.append(try PyTorchFile(url)) }
        try index.check(files.map { ($0.url, $0.entries) })
        self.files = files
        let pairs = files.enumerated().flatMap { number, file in
            file.entries.map { ($0.name, number) }
        }
        places = Dictionary(uniqueKeysWithValues: pairs)
    }

    var entries: [StoredTensor] { files.flatMap(\.entries) }

    func read(_ entry: StoredTensor, isTransposed: Bool) throws(InterchangeError) -> Tensor {
        try files[places[entry.name] ?? 0].read(entry, isTransposed: isTransposed)
    }
}
