import Foundation
import MiniSupport

/// How token ids are kept in a file: a header of 64 bytes, the ids, and an end of 24 bytes, all
/// little-endian.
///
///      0  "MINITOKN"   8  version (2), 32 bits   12  bytes for each id, 32 bits
///     16  vocabulary size, 32 bits   20  zeros
///     64  the ids, two bytes each if the vocabulary fits in 65,536 and four otherwise
///     −24  count, 64 bits   −16  CRC-64 (XZ) of all bytes before it   −8  "TOKENEND"
///
/// Count and checksum stand at the end, so that a long text can be written piece by piece.
enum TokenFile {
    static let headerSize = 64
    static let endSize = 24
    static let version: UInt32 = 2
    static let magic = Array("MINITOKN".utf8)
    static let endMagic = Array("TOKENEND".utf8)

    static func bytesPerToken(vocabularySize: Int) -> Int { vocabularySize <= 1 << 16 ? 2 : 4 }

    static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

/// Writes a token file piece by piece. It appears whole, at `commit()`, or not at all.
package final class TokenFileWriter {
    private let file: AtomicFile
    private let vocabularySize: Int
    private let bytesPerToken: Int
    private var checksum = CRC64()
    /// How many ids were written.
    package private(set) var count = 0

    /// Begins a file.
    ///
    /// - Precondition: the vocabulary size is positive and fits in 32 bits.
    package init(_ url: URL, vocabularySize: Int) throws(FileFailure) {
        precondition(
            vocabularySize > 0 && vocabularySize <= Int32.max,
            "A token file cannot be of a vocabulary of \(vocabularySize).")
        self.vocabularySize = vocabularySize
        bytesPerToken = TokenFile.bytesPerToken(vocabularySize: vocabularySize)
        file = try AtomicFile(url)
        var header = TokenFile.magic
        header += TokenFile.bytes(TokenFile.version)
        header += TokenFile.bytes(UInt32(bytesPerToken))
        header += TokenFile.bytes(UInt32(vocabularySize))
        header += [UInt8](repeating: 0, count: TokenFile.headerSize - header.count)
        try write(header)
    }

    /// Appends ids.
    ///
    /// - Precondition: all are below the vocabulary size.
    package func append(_ tokens: some Collection<Int32>) throws(FileFailure) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tokens.count * bytesPerToken)
        for token in tokens {
            precondition(
                token >= 0 && token < vocabularySize,
                "Token id \(token) is outside the vocabulary 0..<\(vocabularySize).")
            bytes.append(UInt8(truncatingIfNeeded: token))
            bytes.append(UInt8(truncatingIfNeeded: token >> 8))
            guard bytesPerToken == 4 else { continue }
            bytes.append(UInt8(truncatingIfNeeded: token >> 16))
            bytes.append(UInt8(truncatingIfNeeded: token >> 24))
        }
        count += tokens.count
        try write(bytes)
    }

    /// Ends the file and puts it in its place.
    package func commit() throws(FileFailure) {
        try write(TokenFile.bytes(UInt64(count)))
        try file.write(TokenFile.bytes(checksum.value) + TokenFile.endMagic)
        try file.commit()
    }

    private func write(_ bytes: [UInt8]) throws(FileFailure) {
        bytes.withUnsafeBytes { checksum.update($0) }
        try file.write(bytes)
    }
}

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

    /// Maps a token file. It is read once, on all threads, to compare its checksum; after that, only
    /// the places that are asked for.
    ///
    /// - Throws: `FileError` if it is missing, damaged, or was made for a larger vocabulary.
    public init(mapping url: URL, vocabularySize: Int) throws(FileError) {
        func failure(_ problem: String) -> FileError { FileError(path: url.path, problem: problem) }
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .alwaysMapped)
        } catch {
            throw failure("cannot be read; is it there? (\(error.localizedDescription))")
        }
        let header = TokenFile.headerSize
        guard data.count >= header, data.prefix(8).elementsEqual(TokenFile.magic) else {
            throw failure("is not a token file; make it again from the text.")
        }
        func field<Field: FixedWidthInteger>(_ offset: Int, as: Field.Type) -> Field {
            data.withUnsafeBytes {
                Field(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Field.self))
            }
        }
        let (version, size) = (field(8, as: UInt32.self), Int(field(12, as: UInt32.self)))
        guard version == TokenFile.version, size == 2 || size == 4 else {
            throw failure(
                "has version \(version) with \(size) bytes for each id, which this program does not know; make it again from the text."
            )
        }
        let room = data.count - header - TokenFile.endSize
        guard room >= 0, room % size == 0, data.suffix(8).elementsEqual(TokenFile.endMagic),
            field(header + room, as: UInt64.self) == UInt64(room / size)
        else {
            throw failure("was cut off or is damaged at its end; make it again from the text.")
        }
        let checksum = data.withUnsafeBytes {
            CRC64.inParallel(UnsafeRawBufferPointer(rebasing: $0[..<(header + room + 8)]))
        }
        guard checksum.value == field(header + room + 8, as: UInt64.self) else {
            throw failure("is damaged (its checksum is another one); make it again from the text.")
        }
        let vocabulary = Int(field(16, as: UInt32.self))
        guard vocabulary <= vocabularySize else {
            throw failure(
                "was made with a vocabulary of \(vocabulary), but the model's has \(vocabularySize)."
            )
        }
        self.init(file: data, bytesPerToken: size, count: room / size)
        // The checksum does not speak for whoever wrote the file.
        let largest = data.withUnsafeBytes { bytes in
            let ids = UnsafeRawBufferPointer(rebasing: bytes[header..<(header + room)])
            return size == 2
                ? Int(ids.bindMemory(to: UInt16.self).max() ?? 0)
                : Int(ids.bindMemory(to: UInt32.self).max() ?? 0)
        }
        guard largest < vocabularySize else {
            throw failure("holds the id \(largest), outside a vocabulary of \(vocabularySize).")
        }
    }

    /// Writes ids as a token file, which appears whole or not at all.
    ///
    /// - Throws: `FileError` if it cannot be written; what was there before stays.
    /// - Precondition: all ids are below `vocabularySize`.
    public static func write(
        _ tokens: some Collection<Int32>, vocabularySize: Int, to url: URL
    ) throws(FileError) {
        do throws(FileFailure) {
            let writer = try TokenFileWriter(url, vocabularySize: vocabularySize)
            try writer.append(tokens)
            try writer.commit()
        } catch {
            guard case .file(let path, let problem) = error else {
                preconditionFailure("Writing a file has nothing to do with a format: \(error)")
            }
            throw FileError(path: path, problem: problem)
        }
    }
}
