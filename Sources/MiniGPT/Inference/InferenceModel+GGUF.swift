import Foundation
import MiniNN
import MiniTensor

extension InferenceModel {
    /// A GPT-2 straight from a GGUF file: matrices stay in the format they are stored in (F32, F16,
    /// BF16, Q8_0 or Q4_0), and are never singles in between.
    ///
    /// - Throws: `InterchangeError`; `.weights` lists every missing, unexpected or misshapen name.
    public convenience init(gguf url: URL) throws(InterchangeError) {
        try self.init(gguf: GGUFFile(url))
    }

    /// A GPT-2 from an open GGUF file.
    public convenience init(gguf file: GGUFFile) throws(InterchangeError) {
        let configuration = try GGUFNames.configuration(of: file)
        // Only the shapes of its parameters are used; it has no memory.
        let skeleton = try GPT.skeleton(
            configuration, path: file.url.path, weightCount: file.entries.count)
        let expected = skeleton.parameters.map {
            (ours: $0.name, theirs: GGUFNames.table($0.name).name, shape: $0.value.shape)
        }
        var mismatch = WeightMismatch(path: file.url.path)
        for (_, theirs, shape) in expected {
            guard let entry = file[entry: theirs] else {
                mismatch.missing.append(theirs)
                continue
            }
            if entry.shape != shape {
                mismatch.misshapen.append(
                    .init(name: theirs, expected: shape, found: entry.shape))
            } else if entry.format == nil {
                mismatch.wrongTypes.append(.init(name: theirs, type: entry.type))
            }
        }
        let known = Set(expected.map(\.theirs))
        mismatch.unexpected = file.entries.map(\.name).filter { !known.contains($0) }
        if !mismatch.isEmpty { throw .weights(mismatch) }

        var parts = Parts()
        for (ours, theirs, shape) in expected {
            guard let format = file[entry: theirs]?.format else { continue }
            if shape.count == 2, ours != "positionEmbedding.weight" {
                let bytes = try file.bytes(of: theirs)
                parts.add(ours, Self.pack(bytes, rows: shape[0], columns: shape[1], format))
            } else {
                parts.add(ours, try file.tensor(theirs))
            }
        }
        self.init(configuration, parts)
    }

    /// Packs rows of stored numbers.
    private static func pack(
        _ bytes: [UInt8], rows: Int, columns: Int, _ format: NumberFormat
    ) -> (matrix: PackedMatrix, memory: Tensor) {
        let rowBytes = bytes.count / rows
        return bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else {
                preconditionFailure("A matrix of \(rows) rows of \(columns) numbers has no bytes.")
            }
            return PackedMatrix.pack(rows: rows, columns: columns, format: format) { row, target in
                target.copyMemory(from: start + row * rowBytes, byteCount: rowBytes)
            }
        }
    }
}
