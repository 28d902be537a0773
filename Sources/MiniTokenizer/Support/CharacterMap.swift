/// A model's replacements of characters: a double-array trie (Darts-clone) from byte strings to
/// places in a list of strings, each ended by a zero byte.
///
/// Layout of `precompiled_charsmap`: the size of the trie in bytes as a little-endian 32-bit
/// integer, the trie's units, the strings. Immutable after `init`.
final class CharacterMap: @unchecked Sendable {
    private let units: UnsafeMutablePointer<UInt32>
    private let unitCount: Int
    private let strings: UnsafeMutablePointer<UInt8>
    private let stringBytes: Int

    /// As in the reference, only so many matches are looked at.
    private static let matchLimit = 32

    init(_ bytes: [UInt8], file: String, entry: String) throws(TokenizerError) {
        func malformed(_ reason: String) -> TokenizerError {
            .malformedFile(
                file: file, entry: "\(entry).precompiled_charsmap", reason: reason, byteOffset: nil)
        }
        guard bytes.count > 4 else { throw malformed("It is too short.") }
        let trieBytes = Int(Self.unit(bytes, 0))
        guard trieBytes < bytes.count - 4 else {
            throw malformed("The trie of \(trieBytes) bytes does not fit.")
        }
        guard trieBytes >= 1024, trieBytes % 1024 == 0 else {
            throw malformed("The trie's size \(trieBytes) is not a multiple of 1024.")
        }
        guard bytes.last == 0 else { throw malformed("The last string does not end.") }
        unitCount = trieBytes / 4
        units = .allocate(capacity: unitCount)
        for index in 0..<unitCount { units[index] = Self.unit(bytes, 4 + index * 4) }
        stringBytes = bytes.count - 4 - trieBytes
        strings = .allocate(capacity: stringBytes)
        for index in 0..<stringBytes { strings[index] = bytes[4 + trieBytes + index] }
        guard isValid() else { throw malformed("The trie points outside itself.") }
    }

    deinit {
        units.deallocate()
        strings.deallocate()
    }

    private static func unit(_ bytes: [UInt8], _ index: Int) -> UInt32 {
        UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
            | UInt32(bytes[index + 3]) << 24
    }

    private static func hasLeaf(_ unit: UInt32) -> Bool { unit >> 8 & 1 == 1 }
    private static func label(_ unit: UInt32) -> UInt32 { unit & (1 << 31 | 0xFF) }
    private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << (unit >> 6 & 8)) }
    private static func value(_ unit: UInt32) -> Int { Int(unit & 0x7FFF_FFFF) }

    /// Every step from every unit stays inside, so that lookups need no checks.
    private func isValid() -> Bool {
        let root = units[0]
        guard Self.label(root) == 0, !Self.hasLeaf(root), Self.offset(root) != 0,
            Self.offset(root) | 0xFF < unitCount
        else { return false }
        for index in 1..<unitCount {
            let unit = units[index]
            if Self.label(unit) <= 0xFF {
                let target = index ^ Self.offset(unit)
                guard target | 0xFF < unitCount else { return false }
                if Self.hasLeaf(unit), Self.label(units[target]) <= 0xFF { return false }
            } else if Self.value(unit) >= stringBytes {
                return false
            }
        }
        return true
    }

    /// What the shortest replaced prefix of some text becomes, if any is replaced.
    func firstReplacement(of text: [UInt8]) -> [UInt8]? {
        var position = Self.offset(units[0])
        for byte in text {
            position ^= Int(byte)
            let unit = units[position]
            guard Self.label(unit) == UInt32(byte) else { return nil }
            position ^= Self.offset(unit)
            guard Self.hasLeaf(unit) else { continue }
            var end = Self.value(units[position])
            let start = end
            guard start < stringBytes else { return nil }
            while strings[end] != 0 { end += 1 }
            return Array(UnsafeBufferPointer(start: strings + start, count: end - start))
        }
        return nil
    }

    /// The longest replaced prefix of the text at `start`: its length and what it becomes.
    @inline(__always)
    func longestMatch(
        at start: Int, in bytes: UnsafePointer<UInt8>, _ count: Int
    ) -> (length: Int, text: UnsafeBufferPointer<UInt8>)? {
        var position = Self.offset(units[0])
        var length = 0
        var value = 0
        var found = 0
        var index = start
        while index < count {
            position ^= Int(bytes[index])
            let unit = units[position]
            guard Self.label(unit) == UInt32(bytes[index]) else { break }
            position ^= Self.offset(unit)
            index += 1
            if Self.hasLeaf(unit) {
                value = Self.value(units[position])
                length = index - start
                found += 1
                if found == Self.matchLimit { break }
            }
        }
        guard length > 0, value < stringBytes else { return nil }
        var end = value
        while strings[end] != 0 { end += 1 }
        return (length, UnsafeBufferPointer(start: strings + value, count: end - value))
    }
}
