import Foundation
import MiniNN
import MiniSupport
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
    /// Where it is.
    public let url: URL
    /// The keys and their values.
    public let values: [String: GGUFValue]
    private let arrays: [String: GGUFHeader.ArrayPlace]
    private let table: TensorTable

    /// Opens a file and checks everything but the numbers of its tensors.
    ///
    /// - Throws: `InterchangeError` naming the field.
    public init(_ url: URL) throws(InterchangeError) {
        let (file, header) = try asInterchangeError { () throws(FileFailure) in
            let file = try ReadableFile(url)
            return (file, try GGUFHeader(file))
        }
        self.url = url
        values = header.values
        arrays = header.arrays
        table = TensorTable(
            file, header.entries, readableTypes: "F32, F16, BF16, F64, Q8_0 and Q4_0")
    }

    /// All tensors, in the order of their bytes.
    public var entries: [StoredTensor] { table.entries }

    /// What the file says of the tensor of that name.
    public subscript(entry name: String) -> StoredTensor? { table[name] }

    /// Reads a tensor of F32, F16, BF16, F64, Q8_0 or Q4_0 numbers.
    ///
    /// - Throws: `InterchangeError` if there is none of that name, it is of another type, or the file
    ///   cannot be read.
    public func tensor(_ name: String) throws(InterchangeError) -> Tensor {
        try table.tensor(name)
    }

    /// Reads the bytes of a tensor as they are stored.
    public func bytes(of name: String) throws(InterchangeError) -> [UInt8] {
        try table.bytes(of: name)
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
        var cursor = ByteCursor(table.file, at: place.offset)
        return try asInterchangeError { () throws(FileFailure) in
            var result: [String] = []
            result.reserveCapacity(place.count)
            for _ in 0..<place.count {
                result.append(try GGUFHeader.string(&cursor, "an element of \(quoted(key))"))
            }
            return result
        }
    }

    /// Reads an array of whole numbers; `nil` if the key is not there.
    ///
    /// - Throws: `InterchangeError` if it is something else.
    public func integers(_ key: String) throws(InterchangeError) -> [Int]? {
        guard let place = try place(of: key) else { return nil }
        var cursor = ByteCursor(table.file, at: place.offset)
        var result: [Int] = []
        result.reserveCapacity(place.count)
        for _ in 0..<place.count {
            let element = try asInterchangeError { () throws(FileFailure) in
                try GGUFHeader.scalar(place.type, &cursor, "an element of \(quoted(key))")
            }
            guard case .integer(let value) = element else {
                throw wrongType(key, "an array of whole numbers")
            }
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

    /// - Throws: `InterchangeError` if this is one of several files that make a model together.
    func checkForParts() throws(InterchangeError) {
        guard let parts = try size("split.count"), parts > 1 else { return }
        let number = try size("split.no").map { "number \($0 &+ 1)" } ?? "one"
        throw .unsupported(
            path: path, field: "the file",
            problem:
                "is \(number) of \(parts) that make a model together: join them with llama.cpp's `llama-gguf-split --merge FIRST-FILE ALL.gguf`."
        )
    }

    func wrongType(_ key: String, _ expected: String) -> InterchangeError {
        .malformed(path: path, field: quoted(key), problem: "is not \(expected).")
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
        var splitting: String?
        if let value = values["tokenizer.ggml.pre"] {
            guard case .string(let name) = value else {
                throw wrongType("tokenizer.ggml.pre", "a string")
            }
            splitting = name
        }
        func id(_ key: String) throws(InterchangeError) -> Int? {
            guard let id = try size(key) else { return nil }
            guard id < tokens.count else { throw wrongType(key, "the id of a token") }
            return id
        }
        return GGUFTokenizer(
            tokens: tokens, types: types, merges: try strings("tokenizer.ggml.merges") ?? [],
            beginOfText: try id("tokenizer.ggml.bos_token_id"),
            endOfText: try id("tokenizer.ggml.eos_token_id"), splitting: splitting)
    }
}

extension GGUFFile: WeightFile {
    package var path: String { url.path }

    package func read(
        _ entry: StoredTensor, isTransposed: Bool
    ) throws(InterchangeError) -> Tensor {
        try table.tensor(entry, isTransposed: isTransposed)
    }
}
