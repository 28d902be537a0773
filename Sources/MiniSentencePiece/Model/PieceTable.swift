/// Byte strings by number, and the way back from bytes to a number.
///
/// One arena of bytes and one open-addressing table, allocated once and never changed after
/// `init`: that is why a class with pointers is `Sendable`.
final class PieceTable: @unchecked Sendable {
    private struct Slot {
        var tag: UInt32
        var id: Int32
    }

    let bytes: UnsafeMutablePointer<UInt8>
    let offsets: UnsafeMutablePointer<UInt32>
    let count: Int
    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int

    /// A table of the pieces `bytes[offsets[id]..<offsets[id + 1]]`; only those that `includes`
    /// accepts are found by their bytes. Of equal pieces the first is found.
    init(bytes: [UInt8], offsets: [UInt32], includes: (Int32) -> Bool) {
        count = offsets.count - 1
        let ownBytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
        _ = ownBytes.initialize(from: bytes)
        let ownOffsets = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: offsets.count)
        _ = ownOffsets.initialize(from: offsets)
        self.bytes = ownBytes.baseAddress!
        self.offsets = ownOffsets.baseAddress!
        var size = 16
        while size < count * 2 { size *= 2 }
        slots = .allocate(capacity: size)
        slots.initialize(repeating: Slot(tag: 0, id: -1), count: size)
        mask = size - 1
        for id in 0..<Int32(count) where includes(id) {
            let range = self.range(of: id)
            let start = self.bytes + range.lowerBound
            if find(start, range.count) >= 0 { continue }
            let hash = Self.hash(start, range.count)
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot].id >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Slot(tag: UInt32(truncatingIfNeeded: hash >> 32), id: id)
        }
    }

    deinit {
        bytes.deallocate()
        offsets.deallocate()
        slots.deallocate()
    }

    @inline(__always)
    func range(of id: Int32) -> Range<Int> {
        Int(offsets[Int(id)])..<Int(offsets[Int(id) + 1])
    }

    func piece(_ id: Int32) -> UnsafeBufferPointer<UInt8> {
        let range = range(of: id)
        return UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count)
    }

    /// The number of a piece, or -1.
    @inline(__always)
    func find(_ start: UnsafePointer<UInt8>, _ length: Int) -> Int32 {
        let hash = Self.hash(start, length)
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry.id < 0 { return -1 }
            if entry.tag == tag, isEqual(entry.id, start, length) { return entry.id }
            slot = (slot + 1) & mask
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
