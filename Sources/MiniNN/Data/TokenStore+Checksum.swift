import MiniSupport

extension TokenStore {
    /// The checksum of the ids, 32 bits each, little-endian, wherever they are kept.
    package var checksum: CRC64 {
        var checksum = CRC64()
        var piece: [Int32] = []
        for start in stride(from: 0, to: count, by: 1 << 14) {
            piece.removeAll(keepingCapacity: true)
            for position in start..<Swift.min(count, start + 1 << 14) {
                piece.append(self[position].littleEndian)
            }
            piece.withUnsafeBytes { checksum.update($0) }
        }
        return checksum
    }

    /// Length and checksum.
    var identity: String { "\(count) tokens with checksum \(Checksum(checksum))" }
}
