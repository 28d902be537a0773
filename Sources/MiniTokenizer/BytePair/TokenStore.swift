/// The bytes of every token, by id, and the way back from bytes to an id.
struct TokenStore: Sendable {
    private(set) var bytes: [UInt8]
    /// Where token `id` begins; one entry more than tokens.
    private(set) var offsets: [Int]
    /// Open addressing: ids, or -1.
    private var slots: [Int32]

    var count: Int { offsets.count - 1 }

    /// Tokens laid out in one arena. `isReachable(id)` says whether text may become the token;
    /// others (special tokens) have bytes but are not found by them. Of tokens with equal bytes
    /// the first is found.
    init(bytes: [UInt8], offsets: [Int], isReachable: (Int32) -> Bool) {
        self.bytes = bytes
        self.offsets = offsets
        var size = 16
        while size < (offsets.count - 1) * 2 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for id in 0..<offsets.count - 1 where isReachable(Int32(id)) {
                let length = offsets[id + 1] - offsets[id]
                let slot = findSlot(base + offsets[id], length, in: base)
                if slots[slot] < 0 { slots[slot] = Int32(id) }
            }
        }
    }

    init(_ tokens: [[UInt8]], isReachable: (Int32) -> Bool) {
        var bytes: [UInt8] = []
        var offsets = [0]
        offsets.reserveCapacity(tokens.count + 1)
        for token in tokens {
            bytes.append(contentsOf: token)
            offsets.append(bytes.count)
        }
        self.init(bytes: bytes, offsets: offsets, isReachable: isReachable)
    }

    func range(of id: Int32) -> Range<Int>? {
        guard id >= 0, Int(id) < count else { return nil }
        return offsets[Int(id)]..<offsets[Int(id) + 1]
    }

    /// The token with these bytes, or `nil`.
    func find(_ start: UnsafePointer<UInt8>, _ length: Int) -> Int32? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let id = slots[findSlot(start, length, in: base)]
            return id < 0 ? nil : id
        }
    }

    func find(_ token: [UInt8]) -> Int32? {
        token.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap { find($0, buffer.count) }
        }
    }

    private func findSlot(
        _ start: UnsafePointer<UInt8>, _ length: Int, in base: UnsafePointer<UInt8>
    ) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: ByteStringTable.hash(start, length)) & mask
        search: while slots[slot] >= 0 {
            let offset = offsets[Int(slots[slot])]
            if offsets[Int(slots[slot]) + 1] - offset == length {
                var position = 0
                while position < length, base[offset + position] == start[position] {
                    position += 1
                }
                if position == length { break search }
            }
            slot = (slot + 1) & mask
        }
        return slot
    }
}
