import Foundation

/// A long row of token ids: in memory, or in a file that is mapped and read as it is used; see
/// `TokenFile.swift` for the format.
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

    /// Ids in a mapped file, from byte 64 on.
    init(file: Data, bytesPerToken: Int, count: Int) {
        self.init(source: .file(file, bytesPerToken: bytesPerToken), offset: 0, count: count)
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
            let place = TokenFile.headerSize + (offset + position) * bytesPerToken
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
