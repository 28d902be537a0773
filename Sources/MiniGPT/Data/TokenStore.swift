import Foundation

/// A long row of token ids: in memory, or in a file that is mapped and read as it is used.
///
/// A token file is a header of 64 bytes and then the ids, little-endian, two bytes each if the
/// vocabulary fits in 65,536 and four otherwise:
///
///     0  "MINITOKN"      8  version (1), 32 bits     12  bytes per id (2 or 4), 32 bits
///     16 count, 64 bits  24 vocabulary size, 32 bits  28 zeros
public struct TokenStore: Sendable, RandomAccessCollection {
    private enum Source: Sendable {
        case memory([Int32])
        case file(Data, bytesPerToken: Int)
    }

    private let source: Source
    /// The number of ids.
    public let count: Int
    private let offset: Int

    /// Ids in memory.
    public init(_ tokens: [Int32]) {
        source = .memory(tokens)
        count = tokens.count
        offset = 0
    }

    private init(source: Source, offset: Int, count: Int) {
        self.source = source
        self.offset = offset
        self.count = count
    }

    /// Always 0.
    public var startIndex: Int { 0 }
    /// The number of ids.
    public var endIndex: Int { count }

    /// One id.
    public subscript(position: Int) -> Int32 {
        precondition(
            position >= 0 && position < count,
            "Token \(position) of a store of \(count) was asked for.")
        switch source {
        case .memory(let tokens):
            return tokens[offset + position]
        case .file(let data, let bytesPerToken):
            let place = Self.headerSize + (offset + position) * bytesPerToken
            return data.withUnsafeBytes { bytes in
                bytesPerToken == 2
                    ? Int32(
                        UInt16(
                            littleEndian: bytes.loadUnaligned(
                                fromByteOffset: place, as: UInt16.self)))
                    : Int32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int32.self))
            }
        }
    }

    /// A part of the ids, without copying them.
    public func part(_ range: Range<Int>) -> TokenStore {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count,
            "Tokens \(range) of a store of \(count) were asked for.")
        return TokenStore(source: source, offset: offset + range.lowerBound, count: range.count)
    }
}

// MARK: - Files

extension TokenStore {
    /// A file that is not a token file.
    public struct FileError: Error, CustomStringConvertible {
        /// The file.
        public let path: String
        /// What is wrong, and what to do.
        public let problem: String

        /// The error as a sentence.
        public var description: String { "\(path): \(problem)" }
    }

    private static let headerSize = 64
    private static let magic = Array("MINITOKN".utf8)

    /// Maps a token file.
    ///
    /// - Throws: `FileError` if it is missing, damaged, or was made for a larger vocabulary.
    public init(mapping url: URL, vocabularySize: Int) throws(FileError) {
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .alwaysMapped)
        } catch {
            throw FileError(
                path: url.path,
                problem: "cannot be read; is it there? (\(error.localizedDescription))")
        }
        guard data.count >= Self.headerSize, data.prefix(8).elementsEqual(Self.magic) else {
            throw FileError(
                path: url.path, problem: "is not a token file; make it again from the text.")
        }
        func field<Field: FixedWidthInteger>(_ offset: Int, as: Field.Type) -> Field {
            data.withUnsafeBytes {
                Field(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Field.self))
            }
        }
        let (version, size) = (field(8, as: UInt32.self), Int(field(12, as: UInt32.self)))
        let (count, vocabulary) = (field(16, as: UInt64.self), Int(field(24, as: UInt32.self)))
        guard version == 1, size == 2 || size == 4 else {
            throw FileError(
                path: url.path,
                problem:
                    "has version \(version) with \(size) bytes per id, which this program does not know."
            )
        }
        guard count == UInt64((data.count - Self.headerSize) / size),
            (data.count - Self.headerSize) % size == 0
        else {
            throw FileError(
                path: url.path,
                problem:
                    "says it holds \(count) ids but has room for \((data.count - Self.headerSize) / size); it was cut off, make it again."
            )
        }
        guard vocabulary <= vocabularySize else {
            throw FileError(
                path: url.path,
                problem:
                    "was made with a vocabulary of \(vocabulary), but the model's has \(vocabularySize)."
            )
        }
        self.init(source: .file(data, bytesPerToken: size), offset: 0, count: Int(count))
        for (position, token) in enumerated() where token < 0 || Int(token) >= vocabularySize {
            throw FileError(
                path: url.path,
                problem:
                    "holds the id \(token) at place \(position), outside a vocabulary of \(vocabularySize)."
            )
        }
    }

    /// Writes ids as a token file, under a temporary name first.
    ///
    /// - Precondition: all ids are below `vocabularySize`.
    public static func write(
        _ tokens: some Collection<Int32>, vocabularySize: Int, to url: URL
    ) throws {
        let bytesPerToken = vocabularySize <= 1 << 16 ? 2 : 4
        var data = Data(magic)
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
        }
        append(UInt32(1))
        append(UInt32(bytesPerToken))
        append(UInt64(tokens.count))
        append(UInt32(vocabularySize))
        data.append(Data(count: headerSize - data.count))
        for token in tokens {
            precondition(
                token >= 0 && token < vocabularySize,
                "Token id \(token) is outside the vocabulary 0..<\(vocabularySize).")
            if bytesPerToken == 2 { append(UInt16(token)) } else { append(token) }
        }
        try data.write(to: url, options: .atomic)
    }
}
