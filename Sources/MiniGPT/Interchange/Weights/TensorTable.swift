import MiniNN
import MiniSupport
import MiniTensor

/// The tensors of one file, by name: the part that all formats have in common.
struct TensorTable: Sendable {
    let file: ReadableFile
    /// In the order of their bytes.
    let entries: [StoredTensor]
    /// The types of this format that can be read, for messages: "F32 and F16".
    let readableTypes: String
    private let places: [String: Int]

    /// - Precondition: no two entries have the same name.
    init(_ file: ReadableFile, _ entries: [StoredTensor], readableTypes: String) {
        self.file = file
        self.entries = entries
        self.readableTypes = readableTypes
        places = Dictionary(uniqueKeysWithValues: zip(entries.map(\.name), entries.indices))
    }

    subscript(name: String) -> StoredTensor? { places[name].map { entries[$0] } }

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
    func tensor(_ entry: StoredTensor, isTransposed: Bool) throws(InterchangeError) -> Tensor {
        func unsupported(_ problem: String) -> InterchangeError {
            .unsupported(
                path: file.path, field: "tensor \(quoted(entry.name))", problem: problem)
        }
        guard let numbers = entry.numbers else {
            throw unsupported("has the type \(entry.type); \(readableTypes) can be read.")
        }
        guard entry.shape.count <= Tensor.maximumRank else {
            throw unsupported(
                "has \(entry.shape.count) axes; at most \(Tensor.maximumRank) can be used.")
        }
        let start = entry.byteRange.lowerBound
        return try asInterchangeError { () throws(FileFailure) in
            if let strides = entry.strides {
                let tensor = try file.stridedTensor(
                    at: start, numbers, shape: entry.shape, strides: strides)
                return isTransposed && tensor.rank == 2 ? tensor.T.contiguous() : tensor
            }
            if isTransposed, entry.shape.count == 2 {
                return try file.transposedTensor(
                    at: start, numbers, rows: entry.shape[0], columns: entry.shape[1])
            }
            return try file.tensor(at: start, numbers, shape: entry.shape)
        }
    }

    private func entry(_ name: String) throws(InterchangeError) -> StoredTensor {
        guard let entry = self[name] else {
            var mismatch = WeightMismatch(path: file.path)
            mismatch.missing = [name]
            throw .weights(mismatch)
        }
        return entry
    }
}
