import MiniNN
import MiniSupport
import MiniTensor

/// What a file says of one tensor in it.
protocol TensorEntry: Sendable {
    var name: String { get }
    var shape: [Int] { get }
    /// Where its bytes are in the file.
    var byteRange: Range<Int> { get }
    /// The file's word for the type of its numbers.
    var type: String { get }
    /// How to read them, if that is possible.
    var format: NumberFormat? { get }
    /// The types that can be read: "F32 and F16".
    static var readableTypes: String { get }
}

/// The tensors of one file, by name: the part that safetensors and GGUF have in common.
struct TensorTable<Entry: TensorEntry>: Sendable {
    let file: ReadableFile
    /// In the order of their bytes.
    let entries: [Entry]
    private let places: [String: Int]

    /// - Precondition: no two entries have the same name.
    init(_ file: ReadableFile, _ entries: [Entry]) {
        self.file = file
        self.entries = entries
        places = Dictionary(uniqueKeysWithValues: zip(entries.map(\.name), entries.indices))
    }

    subscript(name: String) -> Entry? { places[name].map { entries[$0] } }

    func bytes(of name: String) throws(InterchangeError) -> [UInt8] {
        let entry = try entry(name)
        return try asInterchangeError { () throws(FileFailure) in
            try file.bytes(at: entry.byteRange.lowerBound, count: entry.byteRange.count)
        }
    }

    func tensor(_ name: String) throws(InterchangeError) -> Tensor {
        try tensor(entry(name), isTransposed: false)
    }

    /// Reads a tensor, or a matrix as its transpose.
    func tensor(_ entry: Entry, isTransposed: Bool) throws(InterchangeError) -> Tensor {
        guard let format = entry.format else {
            throw .unsupported(
                path: file.path, field: "tensor \(quoted(entry.name))",
                problem: "has the type \(entry.type); \(Entry.readableTypes) can be read.")
        }
        let start = entry.byteRange.lowerBound
        return try asInterchangeError { () throws(FileFailure) in
            if isTransposed, entry.shape.count == 2 {
                return try file.transposedTensor(
                    at: start, format: format, rows: entry.shape[0], columns: entry.shape[1])
            }
            return try file.tensor(at: start, format: format, shape: entry.shape)
        }
    }

    private func entry(_ name: String) throws(InterchangeError) -> Entry {
        guard let entry = self[name] else {
            var mismatch = WeightMismatch(path: file.path)
            mismatch.missing = [name]
            throw .weights(mismatch)
        }
        return entry
    }

    /// All of them; `number` is that of the file among several.
    func weights(file number: Int = 0) -> [StoredWeight] {
        entries.enumerated().map { index, entry in
            StoredWeight(
                name: entry.name, shape: entry.shape, type: entry.type, format: entry.format,
                file: number, offset: index)
        }
    }
}
