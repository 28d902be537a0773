/// Ids by hash: open addressing for a known number of ids, at most two thirds full.
struct IDSlots: Sendable {
    private var slots: [Int32]

    /// Room for `capacity` ids.
    init(capacity: Int) {
        slots = [Int32](repeating: -1, count: capacity + capacity / 2 + 2)
    }

    /// The id with this hash that `isEqual` accepts, or `nil`.
    @inline(__always)
    func find(_ hash: UInt64, _ isEqual: (Int32) -> Bool) -> Int32? {
        slots.withUnsafeBufferPointer { slots in
            let id = slots[Self.place(hash, slots, isEqual)]
            return id < 0 ? nil : id
        }
    }

    /// Puts an id in, unless `isEqual` accepts one with this hash, which is returned then.
    @inline(__always)
    mutating func insert(_ id: Int32, _ hash: UInt64, _ isEqual: (Int32) -> Bool) -> Int32? {
        let place = slots.withUnsafeBufferPointer { Self.place(hash, $0, isEqual) }
        if slots[place] >= 0 { return slots[place] }
        slots[place] = id
        return nil
    }

    /// The slot of an equal id, or the empty one where it belongs.
    @inline(__always)
    private static func place(
        _ hash: UInt64, _ slots: UnsafeBufferPointer<Int32>, _ isEqual: (Int32) -> Bool
    ) -> Int {
        var place = Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(slots.count)).high)
        while slots[place] >= 0, !isEqual(slots[place]) {
            place += 1
            if place == slots.count { place = 0 }
        }
        return place
    }
}
