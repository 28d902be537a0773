import Foundation
import MiniNN
import MiniSupport
import MiniTensor

/// A safetensors file: named tensors, and nothing that could run.
///
///     let file = try SafetensorsFile(url)
///     for entry in file.entries { print(entry.name, entry.shape) }
///     let weight = try file.tensor("wte.weight")
///
/// Eight bytes with the length of a header, the header in JSON with name, type, shape and place of
/// every tensor, then the numbers, without gaps: https://huggingface.co/docs/safetensors. Opening
/// reads the header alone and checks all of it; each tensor is then read straight into its memory.
public struct SafetensorsFile: Sendable {
    /// How much of a file is believed before it is refused.
    public struct Limits: Sendable {
        /// The longest header.
        public var headerBytes: Int
        /// The most tensors, and the most pairs of metadata.
        public var tensors: Int

        /// Limits; the default length of a header is that of the reference implementation.
        public init(headerBytes: Int = 100_000_000, tensors: Int = 1 << 20) {
            self.headerBytes = headerBytes
            self.tensors = tensors
        }
    }

    /// Where it is.
    public let url: URL
    /// What the writer noted: any texts by name.
    public let metadata: [String: String]
    let table: TensorTable

    /// Opens a file and checks its header.
    ///
    /// - Throws: `InterchangeError` naming the field: a header that is too long or not strict JSON, a
    ///   type it does not know, a size that is not that of the shape, tensors that overlap, leave
    ///   holes or reach beyond the end.
    public init(_ url: URL, limits: Limits = Limits()) throws(InterchangeError) {
        let file = try asInterchangeError { () throws(FileFailure) in try ReadableFile(url) }
        try self.init(file, url, limits: limits)
    }

    /// Checks the header of a file that is open already.
    init(
        _ file: ReadableFile, _ url: URL, limits: Limits = Limits()
    ) throws(InterchangeError) {
        let header = try asInterchangeError { () throws(FileFailure) in
            try SafetensorsHeader(file, limits: limits)
        }
        self.url = url
        table = TensorTable(file, header.entries, readableTypes: "F32, F16, BF16 and F64")
        metadata = header.metadata
    }

    /// All tensors, in the order of their bytes.
    public var entries: [StoredTensor] { table.entries }

    /// What the header says of the tensor of that name.
    public subscript(entry name: String) -> StoredTensor? { table[name] }

    /// Reads a tensor of F32, F16, BF16 or F64 numbers.
    ///
    /// - Throws: `InterchangeError` if there is none of that name, its numbers are of another type, or
    ///   the file cannot be read.
    public func tensor(_ name: String) throws(InterchangeError) -> Tensor {
        try table.tensor(name)
    }

    /// Reads the bytes of a tensor of any type, as they are stored.
    public func bytes(of name: String) throws(InterchangeError) -> [UInt8] {
        try table.bytes(of: name)
    }
}
