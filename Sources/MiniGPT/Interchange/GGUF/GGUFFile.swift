import Foundation
import MiniTensor

/// A GGUF file, llama.cpp's format: a list of keys and values, a list of tensors, and their numbers.
///
///     let file = try GGUFFile(url)
///     print(file.values["general.architecture"] ?? "?", file.entries.count)
///
/// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian. The
/// loaders of this format were broken again and again by sizes checked after they were rounded or
/// added; here every size is checked against what is left of the file before anything is done with
/// it.
public struct GGUFFile: Sendable {
    /// What the file says of one tensor.
    public struct Entry: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// ggml's name of its type: `F32`, `Q8_0`.
        public let type: String
        /// The length of each axis, row-major: the reverse of the order in the file.
        public let shape: [Int]
        /// Where its bytes are in the file.
        public let byteRange: Range<Int>
        let format: NumberFormat?
    }

    /// Where it is.
    public let url: URL
    /// The keys and their values.
    public let values: [String: GGUFValue]
    /// All tensors, in the order of their bytes.
    public let entries: [Entry]
    private let arrays: [String: GGUFHeader.ArrayPlace]
    private let places: [String: Int]
    private let file: ReadableFile

    /// Opens a file and checks everything but the numbers of its tensors.
    ///
    /// - Throws: `InterchangeError` naming the field.
    public init(_ url: URL) throws(InterchangeError) {
        let file = try ReadableFile(url)
        let header = try GGUFHeader(file)
        self.url = url
        self.file = file
        values = header.values
        arrays = header.arrays
        entries = header.entries
        places = Dictionary(uniqueKeysWithValues: zip(entries.map(\.name), entries.indices))
    }

    /// What the file says of the tensor of that name.
    public subscript(entry name: String) -> Entry? { places[name].map { entries[$0] } }

    /// Reads a tensor of F32, F16, BF16, Q8_0 or Q4_0 numbers.
    ///
    /// - Throws: `InterchangeError` if there is none of that name, it is of another type, or the file
    ///   cannot be read.
    public func tensor(_ name: String) throws(InterchangeError) -> Tensor {
        try tensor(entry(name), isTransposed: false)
    }

    /// Reads the bytes of a tensor as they are stored.
    public func bytes(of name: String) throws(InterchangeError) -> [UInt8] {
        let entry = try entry(name)
        return try file.bytes(at: entry.byteRange.lowerBound, count: entry.byteRange.count)
    }

    private func entry(_ name: String) throws(InterchangeError) -> Entry {
        guard let entry = self[entry: name] else {
            var mismatch = WeightMismatch(path: file.path)
            mismatch.missing = [name]
            throw .weights(mismatch)
        }
        return entry
    }

    private func tensor(_ entry: Entry, isTransposed: Bool) throws(InterchangeError) -> Tensor {
        guard let format = entry.format else {
            throw .unsupported(
                path: file.path, field: "tensor \(quoted(entry.name))",
                problem: "has the type \(entry.type); F32, F16, BF16, Q8_0 and Q4_0 can be read.")
        }
        let start = entry.byteRange.lowerBound
        if isTransposed, entry.shape.count == 2 {
            return try file.transposedTensor(
                at: start, format: format, rows: entry.shape[0], columns: entry.shape[1])
        }
        return try file.tensor(at: start, format: format, shape: entry.shape)
    }
}

// MARK: - Values

extension GGUFFile {
    /// Reads an array of texts; `nil` if the key is not there.
    ///
    /// - Throws: `InterchangeError` if it is something else.
    public func strings(_ key: String) throws(InterchangeError) -> [String]? {
        guard let place = try place(of: key) else { return nil }
        guard place.type == .string else { throw wrongType(key, "an array of texts") }
        var cursor = ByteCursor(file, at: place.offset)
        var result: [String] = []
        result.reserveCapacity(place.count)
        for _ in 0..<place.count {
            result.append(try GGUFHeader.string(&cursor, "an element of \(quoted(key))"))
        }
        return result
    }

    /// Reads an array of whole numbers; `nil` if the key is not there.
    ///
    /// - Throws: `InterchangeError` if it is something else.
    public func integers(_ key: String) throws(InterchangeError) -> [Int]? {
        guard let place = try place(of: key) else { return nil }
        var cursor = ByteCursor(file, at: place.offset)
        var result: [Int] = []
        result.reserveCapacity(place.count)
        for _ in 0..<place.count {
            guard
                case .integer(let value) = try GGUFHeader.scalar(
                    place.type, &cursor, "an element of \(quoted(key))")
            else { throw wrongType(key, "an array of whole numbers") }
            result.append(value)
        }
        return result
    }

    private func place(of key: String) throws(InterchangeError) -> GGUFHeader.ArrayPlace? {
        guard values[key] != nil else { return nil }
        guard let place = arrays[key] else { throw wrongType(key, "an array") }
        return place
    }

    /// A whole number that a model's size can be.
    func size(_ key: String) throws(InterchangeError) -> Int? {
        guard let value = values[key] else { return nil }
        guard case .integer(let size) = value, size >= 0 else {
            throw wrongType(key, "a whole number from 0 up")
        }
        return size
    }

    func wrongType(_ key: String, _ expected: String) -> InterchangeError {
        .malformed(path: file.path, field: quoted(key), problem: "is not \(expected).")
    }

    /// The tokenizer, if the file has one of GPT-2's kind.
    ///
    /// - Throws: `InterchangeError` if its lists do not fit together.
    public func tokenizer() throws(InterchangeError) -> GGUFTokenizer? {
        guard values["tokenizer.ggml.model"] == .string("gpt2"),
            let tokens = try strings("tokenizer.ggml.tokens")
        else { return nil }
        let codes = try integers("tokenizer.ggml.token_type")
        let types = codes?.map {
            GGUFTokenizer.TokenType(rawValue: Int32(truncatingIfNeeded: $0)) ?? .normal
        }
        guard types == nil || types?.count == tokens.count else {
            throw wrongType("tokenizer.ggml.token_type", "as long as the list of tokens")
        }
        func id(_ key: String) throws(InterchangeError) -> Int? {
            guard let id = try size(key) else { return nil }
            guard id < tokens.count else { throw wrongType(key, "the id of a token") }
            return id
        }
        return GGUFTokenizer(
            tokens: tokens, types: types, merges: try strings("tokenizer.ggml.merges") ?? [],
            beginOfText: try id("tokenizer.ggml.bos_token_id"),
            endOfText: try id("tokenizer.ggml.eos_token_id"))
    }
}

extension GGUFFile: WeightFile {
    var path: String { url.path }

    var weights: [StoredWeight] {
        entries.enumerated().map { index, entry in
            StoredWeight(
                name: entry.name, shape: entry.shape, type: entry.type, format: entry.format,
                file: 0, offset: index)
        }
    }

    func read(_ weight: StoredWeight, isTransposed: Bool) throws(InterchangeError) -> Tensor {
        try tensor(entries[weight.offset], isTransposed: isTransposed)
    }
}
