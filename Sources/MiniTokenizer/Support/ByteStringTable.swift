/// Distinct byte strings, numbered in the order of arrival: one arena of bytes and one
/// open-addressing table of numbers.
struct ByteStringTable: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where string `n` begins; one entry more than strings.
    private(set) var offsets: [Int] = [0]
    private var slots: [Int32]
    private var mask: Int

    /// An empty table with room for `capacity` strings before it grows.
    init(capacity: Int = 0) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        mask = size - 1
        offsets.reserveCapacity(capacity + 1)
    }

    var count: Int { offsets.count - 1 }

    func range(of index: Int) -> Range<Int> { offsets[index]..<offsets[index + 1] }

    /// A 64-bit hash of a byte string, eight bytes at a time. Equal on every machine.
    @inline(__always)
    static func hash(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let raw = UnsafeRawPointer(start)
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index + 8 <= count {
            let word = UInt64(
                littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            hash = mix(hash ^ word)
            index += 8
        }
        var tail: UInt64 = 0
        var shift: UInt64 = 0
        while index < count {
            tail |= UInt64(start[index]) << shift
            shift += 8
            index += 1
        }
        return mix(hash ^ tail)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }

    @inline(__always)
    private func isEqual(_ index: Int, _ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let offset = offsets[index]
        guard offsets[index + 1] - offset == count else { return false }
        for position in 0..<count where bytes[offset + position] != start[position] {
            return false
        }
        return true
    }

    /// The number of a string, or `nil`.
    func find(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        var slot = Int(truncatingIfNeeded: Self.hash(start, count)) & mask
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if isEqual(index, start, count) { return index }
            slot = (slot + 1) & mask
        }
        return nil
    }

    func find(_ string: [UInt8]) -> Int? {
        string.withUnsafeBufferPointer { buffer in
            Self.withPointer(buffer) { find($0, buffer.count) }
        }
    }

    /// The number of a string, which is added when it is new.
    mutating func insert(
        _ start: UnsafePointer<UInt8>, _ count: Int
    ) -> (index: Int, isNew: Bool) {
        var slot = Int(truncatingIfNeeded: Self.hash(start, count)) & mask
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if isEqual(index, start, count) { return (index, false) }
            slot = (slot + 1) & mask
        }
        let index = self.count
        slots[slot] = Int32(index)
        bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
        offsets.append(bytes.count)
        if self.count * 2 > slots.count { grow() }
        return (index, true)
    }

    mutating func insert(_ string: [UInt8]) -> (index: Int, isNew: Bool) {
        string.withUnsafeBufferPointer { buffer in
            Self.withPointer(buffer) { insert($0, buffer.count) }
        }
    }

    /// An empty array may have no address; any non-null one does, since nothing is read.
    private static func withPointer<Result>(
        _ buffer: UnsafeBufferPointer<UInt8>, _ body: (UnsafePointer<UInt8>) -> Result
    ) -> Result {
        if let base = buffer.baseAddress { return body(base) }
        return withUnsafePointer(to: 0) { body($0) }
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        mask = slots.count - 1
        bytes.withUnsafeBufferPointer { buffer in
            for index in 0..<count {
                let start = buffer.baseAddress.map { $0 + offsets[index] }
                let hash = start.map { Self.hash($0, offsets[index + 1] - offsets[index]) } ?? 0
                var slot = Int(truncatingIfNeeded: hash) & mask
                while slots[slot] >= 0 { slot = (slot + 1) & mask }
                slots[slot] = Int32(index)
            }
        }
    }
}
