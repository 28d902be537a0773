/// Reads a file from the front, keeping a small part of it in memory.
///
/// Nothing is read, skipped or promised beyond the end of the file, or of the part that it was given.
package struct ByteCursor {
    private static let windowSize = 1 << 16

    /// The file.
    package let file: ReadableFile
    /// The next byte.
    package private(set) var position: Int
    private var window: [UInt8] = []
    private var windowStart = 0

    /// Where the part of the file ends that is read.
    private let end: Int

    /// A cursor at a byte of the file, which goes to the end of the file or of a part of it.
    package init(_ file: ReadableFile, at position: Int = 0, end: Int? = nil) {
        self.file = file
        self.position = position
        self.end = min(file.size, end ?? file.size)
    }

    /// How many bytes are left.
    package var remaining: Int { end - position }

    /// A number of fixed size.
    package mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self
    ) throws(FileFailure) -> Number {
        let bytes = try bytes(MemoryLayout<Number>.size)
        return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(as: Number.self)) }
    }

    /// The next bytes.
    package mutating func bytes(_ count: Int) throws(FileFailure) -> [UInt8] {
        try require(count)
        if count > Self.windowSize {
            defer { position += count }
            return try file.bytes(at: position, count: count)
        }
        if position < windowStart || position + count > windowStart + window.count {
            window = try file.bytes(at: position, count: min(Self.windowSize, remaining))
            windowStart = position
        }
        let start = position - windowStart
        position += count
        return Array(window[start..<start + count])
    }

    /// Passes over bytes.
    package mutating func skip(_ count: Int) throws(FileFailure) {
        try require(count)
        position += count
    }

    private func require(_ count: Int) throws(FileFailure) {
        guard count >= 0, count <= remaining else {
            throw .malformed(
                path: file.path, field: "byte \(position)",
                problem: "should be followed by \(count) more, but only \(remaining) are left.")
        }
    }
}
