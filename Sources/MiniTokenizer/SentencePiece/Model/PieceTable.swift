/// Byte strings by number: one arena, allocated once and never changed after `init`. That is why a
/// class with pointers is `Sendable`.
final class PieceArena: @unchecked Sendable {
    let bytes: UnsafeMutablePointer<UInt8>
    let offsets: UnsafeMutablePointer<UInt32>
    let count: Int

    /// The pieces `bytes[offsets[id]..<offsets[id + 1]]`.
    init(bytes: [UInt8], offsets: [UInt32]) {
        count = offsets.count - 1
        let ownBytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
        _ = ownBytes.initialize(from: bytes)
        let ownOffsets = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: offsets.count)
        _ = ownOffsets.initialize(from: offsets)
        self.bytes = ownBytes.baseAddress!
        self.offsets = ownOffsets.baseAddress!
    }

    deinit {
        bytes.deallocate()
        offsets.deallocate()
    }

    @inline(__always)
    func range(of id: Int32) -> Range<Int> {
        Int(offsets[Int(id)])..<Int(offsets[Int(id) + 1])
    }

    func piece(_ id: Int32) -> UnsafeBufferPointer<UInt8> {
        let range = range(of: id)
        return UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count)
    }
}

/// The way from the bytes of a piece to its number.
///
/// Open addressing, at most two thirds full, allocated once and never changed after `init`: that
/// is why a class with pointers is `Sendable`.
final class PieceTable: @unchecked Sendable {
    private struct Slot {
        var tag: UInt32
        var id: Int32
    }

    let arena: PieceArena
    private let bytes: UnsafeMutablePointer<UInt8>
    private let offsets: UnsafeMutablePointer<UInt32>
    private let slots: UnsafeMutablePointer<Slot>
    private let size: Int

    /// The number of pieces in the arena.
    var count: Int { arena.count }

    /// A table over an arena; only pieces that `includes` accepts are found by their bytes. Of
    /// equal pieces the first is found.
    init(_ arena: PieceArena, includes: (Int32) -> Bool) {
        self.arena = arena
        bytes = arena.bytes
        offsets = arena.offsets
        let included = (0..<Int32(arena.count)).count(where: includes)
        size = included + included / 2 + 2
        slots = .allocate(capacity: size)
        slots.initialize(repeating: Slot(tag: 0, id: -1), count: size)
        for id in 0..<Int32(arena.count) where includes(id) {
            let piece = arena.piece(id)
            let start = UnsafePointer(bytes + arena.range(of: id).lowerBound)
            let hash = Self.hash(start, piece.count)
            let place = place(hash, start, piece.count)
            if slots[place].id < 0 {
                slots[place] = Slot(tag: UInt32(truncatingIfNeeded: hash), id: id)
            }
        }
    }

    deinit { slots.deallocate() }

    func piece(_ id: Int32) -> UnsafeBufferPointer<UInt8> { arena.piece(id) }

    /// The number of a piece, or -1.
    @inline(__always)
    func find(_ start: UnsafePointer<UInt8>, _ length: Int) -> Int32 {
        slots[place(Self.hash(start, length), start, length)].id
    }

    /// The slot of a piece, or the empty one where it belongs.
    @inline(__always)
    private func place(_ hash: UInt64, _ start: UnsafePointer<UInt8>, _ length: Int) -> Int {
        let tag = UInt32(truncatingIfNeeded: hash)
        var place = Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(size)).high)
        while true {
            let entry = slots[place]
            if entry.id < 0 || (entry.tag == tag && isEqual(entry.id, start, length)) {
                return place
            }
            place += 1
            if place == size { place = 0 }
        }
    }

    func find(_ piece: some Collection<UInt8>) -> Int32? {
        let copy = Array(piece)
        let id = copy.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { find($0, buffer.count) } ?? -1
        }
        return id < 0 ? nil : id
    }

    @inline(__always)
    private func isEqual(_ id: Int32, _ start: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        let offset = Int(offsets[Int(id)])
        guard Int(offsets[Int(id) + 1]) - offset == length else { return false }
        for index in 0..<length where bytes[offset + index] != start[index] { return false }
        return true
    }

    @inline(__always)
    private static func hash(_ start: UnsafePointer<UInt8>, _ length: Int) -> UInt64 {
        let raw = UnsafeRawPointer(start)
        var hash = UInt64(truncatingIfNeeded: length) &* 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index + 8 <= length {
            hash = mix(hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var tail: UInt64 = 0
        while index < length {
            tail = tail << 8 | UInt64(start[index])
            index += 1
        }
        return mix(hash ^ tail)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }
}
