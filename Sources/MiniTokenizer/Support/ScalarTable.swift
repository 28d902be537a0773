/// A map from Unicode scalars to small integers: two array reads, no hashing.
///
/// Scalars are grouped in pages of 256; pages without an entry share one empty page, so the table
/// of an ordinary alphabet takes a few kilobytes.
struct ScalarTable: Sendable {
    static let absent: Int32 = -1

    private var pageOf = [UInt16](repeating: 0, count: 0x110000 >> 8)
    private var entries = [Int32](repeating: Self.absent, count: 256)

    /// The value of a scalar, or ``absent``.
    subscript(scalar: Unicode.Scalar) -> Int32 {
        get { entries[Int(pageOf[Int(scalar.value >> 8)]) << 8 | Int(scalar.value & 0xFF)] }
        set {
            let page = Int(scalar.value >> 8)
            if pageOf[page] == 0 {
                pageOf[page] = UInt16(entries.count >> 8)
                entries.append(contentsOf: repeatElement(Self.absent, count: 256))
            }
            entries[Int(pageOf[page]) << 8 | Int(scalar.value & 0xFF)] = newValue
        }
    }
}
