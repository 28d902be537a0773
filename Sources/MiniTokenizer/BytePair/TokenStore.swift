/// The bytes of every token, by id, and the way back from bytes to an id.
struct TokenStore: Sendable {
    private(set) var bytes: [UInt8]
    /// Where token `id` begins; one entry more than tokens. 32 bits, since no tokenizer file is
    /// that large, and large vocabularies should not cost more than their text.
    private let offsets: [UInt32]
    private var slots: IDSlots
    /// The first token whose bytes an earlier one had, of those that text may become.
    private(set) var firstDuplicate: (id: Int32, earlier: Int32)?

    var count: Int { offsets.count - 1 }

    /// Tokens laid out in one arena. `isReachable(id)` says whether text may become the token;
    /// others (special tokens) have bytes but are not found by them. Of tokens with equal bytes
    /// the first is found.
    init(bytes: [UInt8], offsets: [UInt32], isReachable: (Int32) -> Bool) {
        self.bytes = bytes
        self.offsets = offsets
        slots = IDSlots(capacity: offsets.count - 1)
        var slots = slots
        var duplicate: (id: Int32, earlier: Int32)?
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            offsets.withUnsafeBufferPointer { offsets in
                for id in 0..<Int32(offsets.count - 1) where isReachable(id) {
                    let start = base + Int(offsets[Int(id)])
                    let length = Int(offsets[Int(id) + 1] - offsets[Int(id)])
                    let earlier = slots.insert(id, ByteStringTable.hash(start, length)) {
                        Self.isEqual($0, start, length, base, offsets)
                    }
                    if let earlier, duplicate == nil { duplicate = (id, earlier) }
                }
            }
        }
        self.slots = slots
        firstDuplicate = duplicate
    }

    init(_ tokens: [[UInt8]], isReachable: (Int32) -> Bool) {
        var bytes: [UInt8] = []
        var offsets: [UInt32] = [0]
        offsets.reserveCapacity(tokens.count + 1)
        for token in tokens {
            bytes.append(contentsOf: token)
            offsets.append(UInt32(bytes.count))
        }
        self.init(bytes: bytes, offsets: offsets, isReachable: isReachable)
    }

    func range(of id: Int32) -> Range<Int>? {
        guard id >= 0, Int(id) < count else { return nil }
        return Int(offsets[Int(id)])..<Int(offsets[Int(id) + 1])
    }

    /// The token with these bytes, or `nil`.
    func find(_ start: UnsafePointer<UInt8>, _ length: Int) -> Int32? {
        bytes.withUnsafeBufferPointer { bytes in
            offsets.withUnsafeBufferPointer { offsets in
                guard let base = bytes.baseAddress else { return nil }
                return slots.find(ByteStringTable.hash(start, length)) {
                    Self.isEqual($0, start, length, base, offsets)
                }
            }
        }
    }

    func find(_ token: [UInt8]) -> Int32? {
        token.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap { find($0, buffer.count) }
        }
    }

    @inline(__always)
    private static func isEqual(
        _ id: Int32, _ start: UnsafePointer<UInt8>, _ length: Int, _ base: UnsafePointer<UInt8>,
        _ offsets: UnsafeBufferPointer<UInt32>
    ) -> Bool {
        let offset = Int(offsets[Int(id)])
        guard Int(offsets[Int(id) + 1]) - offset == length else { return false }
        for position in 0..<length where base[offset + position] != start[position] {
            return false
        }
        return true
    }
}
