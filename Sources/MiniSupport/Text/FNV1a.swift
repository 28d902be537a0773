/// The hash FNV-1a of 64 bits (Fowler, Noll & Vo): fast for short texts, and the same in every
/// process, which Swift's `Hasher` is not. Whoever chooses the bytes can make two hashes equal.
package struct FNV1a: Equatable, Sendable {
    /// The hash of no bytes, unless a hash is to begin elsewhere.
    package static let offsetBasis: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The hash of the bytes so far.
    package private(set) var value: UInt64

    /// The hash of no bytes.
    @inlinable
    package init(basis: UInt64 = offsetBasis) { value = basis }

    /// Takes one more byte.
    @inlinable
    package mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    /// The hash of some bytes.
    @inlinable
    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash = FNV1a()
        for byte in bytes { hash.add(byte) }
        return hash.value
    }
}
