import MiniSupport

/// The list of the members of a zip archive that are stored as they are, as `torch.save` stores them.
///
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, with 64-bit sizes; without
/// compression and encryption.
struct ZipArchive {
    /// One member: where its bytes are in the file.
    struct Member: Sendable, Equatable {
        let start: Int
        let size: Int
        /// Whether its bytes are there as they are.
        let isStored: Bool
    }

    private static let endSize = 22
    private static let entrySize = 46
    private static let localSize = 30
    private static let maximumDirectory = 64 << 20

    /// The members by their names.
    private(set) var members: [String: Member] = [:]
    private let file: ReadableFile

    /// Reads the list at the end of a file.
    init(_ file: ReadableFile) throws(FileFailure) {
        self.file = file
        let directory = try directory()
        var cursor = ByteCursor(file, at: directory.lowerBound, end: directory.upperBound)
        while cursor.remaining > 0 { try readEntry(&cursor, end: directory.lowerBound) }
    }

    private func malformed(_ problem: String) -> FileFailure {
        .malformed(path: file.path, field: "the zip archive", problem: problem)
    }

    // MARK: The end

    /// Where the list of members is.
    private func directory() throws(FileFailure) -> Range<Int> {
        let end = try findEnd()
        var cursor = ByteCursor(file, at: end + 8)
        var count = UInt64(try cursor.number(UInt16.self))
        try cursor.skip(2)
        var size = UInt64(try cursor.number(UInt32.self))
        var offset = UInt64(try cursor.number(UInt32.self))
        if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
            (count, size, offset) = try largeDirectory(end)
        }
        guard offset <= UInt64(end), size <= UInt64(end) - offset,
            size <= UInt64(Self.maximumDirectory), count <= size / UInt64(Self.entrySize)
        else { throw malformed("has a list of members that does not fit into the file.") }
        return Int(offset)..<Int(offset + size)
    }

    /// The record at the very end; a comment of up to 65,535 bytes may follow it.
    private func findEnd() throws(FileFailure) -> Int {
        let tail = try file.bytes(
            at: max(0, file.size - Self.endSize - 65_535),
            count: min(file.size, Self.endSize + 65_535))
        let mark = Array("PK\u{5}\u{6}".utf8)
        for start in stride(from: tail.count - Self.endSize, through: 0, by: -1)
        where tail[start..<start + 4].elementsEqual(mark) {
            let comment = Int(tail[start + 20]) | Int(tail[start + 21]) << 8
            if start + Self.endSize + comment == tail.count {
                return file.size - tail.count + start
            }
        }
        throw malformed(
            "has no end. If the file was downloaded, that broke off: download it again.")
    }

    /// The numbers of an archive that is larger than 32 bits can say.
    private func largeDirectory(
        _ end: Int
    ) throws(FileFailure) -> (count: UInt64, size: UInt64, offset: UInt64) {
        guard end >= 20, try file.bytes(at: end - 20, count: 4) == Array("PK\u{6}\u{7}".utf8)
        else { throw malformed("has sizes that are not there.") }
        var cursor = ByteCursor(file, at: end - 12)
        let place = try cursor.number(UInt64.self)
        guard place <= UInt64(end - 20), end - 20 - Int(place) >= 56,
            try file.bytes(at: Int(place), count: 4) == Array("PK\u{6}\u{6}".utf8)
        else { throw malformed("has sizes at a place that is not there.") }
        cursor = ByteCursor(file, at: Int(place) + 32)
        return (
            try cursor.number(UInt64.self), try cursor.number(UInt64.self),
            try cursor.number(UInt64.self)
        )
    }

    // MARK: Members

    private mutating func readEntry(
        _ cursor: inout ByteCursor, end: Int
    ) throws(FileFailure) {
        guard try cursor.bytes(4) == Array("PK\u{1}\u{2}".utf8) else {
            throw malformed("has a list of members with something else in it.")
        }
        try cursor.skip(4)
        let flags = try cursor.number(UInt16.self)
        let method = try cursor.number(UInt16.self)
        try cursor.skip(8)
        var stored = UInt64(try cursor.number(UInt32.self))
        var size = UInt64(try cursor.number(UInt32.self))
        let (nameLength, extraLength, commentLength) = (
            Int(try cursor.number(UInt16.self)), Int(try cursor.number(UInt16.self)),
            Int(try cursor.number(UInt16.self))
        )
        try cursor.skip(8)
        var offset = UInt64(try cursor.number(UInt32.self))
        guard let name = String(validating: try cursor.bytes(nameLength), as: UTF8.self) else {
            throw malformed("has a member whose name is not UTF-8.")
        }
        let extra = try cursor.bytes(extraLength)
        try cursor.skip(commentLength)
        // Sizes that need 64 bits are among the extra fields, in this order.
        var large = Self.largeFields(extra)[...]
        if size == 0xFFFF_FFFF, let value = large.popFirst() { size = value }
        if stored == 0xFFFF_FFFF, let value = large.popFirst() { stored = value }
        if offset == 0xFFFF_FFFF, let value = large.popFirst() { offset = value }

        guard end >= Self.localSize, offset <= UInt64(end - Self.localSize) else {
            throw malformed("has the member \(quoted(name)) outside of the file.")
        }
        var local = ByteCursor(file, at: Int(offset), end: end)
        guard try local.bytes(4) == Array("PK\u{3}\u{4}".utf8) else {
            throw malformed("has no member \(quoted(name)) where it should be.")
        }
        try local.skip(22)
        let lengths = Int(try local.number(UInt16.self)) + Int(try local.number(UInt16.self))
        try local.skip(lengths)
        guard stored <= UInt64(local.remaining) else {
            throw malformed("has the member \(quoted(name)) of more bytes than the file.")
        }
        let member = Member(
            start: local.position, size: Int(stored),
            isStored: method == 0 && flags & 1 == 0 && size == stored)
        guard members.updateValue(member, forKey: name) == nil else {
            throw malformed("has the member \(quoted(name)) twice.")
        }
    }

    /// The 64-bit numbers of the extra field 1.
    private static func largeFields(_ extra: [UInt8]) -> [UInt64] {
        var index = 0
        while index + 4 <= extra.count {
            let id = Int(extra[index]) | Int(extra[index + 1]) << 8
            let length = Int(extra[index + 2]) | Int(extra[index + 3]) << 8
            guard length <= extra.count - index - 4 else { return [] }
            if id == 1 {
                let field = extra[index + 4..<index + 4 + length]
                return (0..<length / 8).map { number in
                    let start = field.startIndex + 8 * number
                    return field[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
                }
            }
            index += 4 + length
        }
        return []
    }
}
