/// IEEE 754 binary16, by whole-number arithmetic: Swift's `Float16` is not there on every platform.
enum HalfPrecision {
    /// Exact.
    @inline(__always)
    static func single(_ half: UInt16) -> Float {
        // The exponent and fraction, put where a single has them, are too small by 2¹¹²; the
        // product is exact for subnormal numbers too. Infinities and NaN keep an exponent of ones.
        let magnitude = UInt32(half & 0x7FFF) << 13
        let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
        let special: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
        return Float(bitPattern: scaled | special | UInt32(half & 0x8000) << 16)
    }

    /// Rounded to nearest, ties to even; what is too large becomes infinite.
    @inline(__always)
    static func half(_ single: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: single.bitPattern >> 16) & 0x8000
        let magnitude = single.bitPattern & 0x7FFF_FFFF
        let rounded: UInt32
        if magnitude > 0x7F80_0000 {
            rounded = 0x7E00
        } else if magnitude >= 0x477F_F000 {
            rounded = 0x7C00
        } else if magnitude < 0x3880_0000 {
            // Subnormal: adding ½ makes the adder round at 2⁻²⁴, the step of these numbers.
            rounded = (Float(bitPattern: magnitude) + 0.5).bitPattern - Float(0.5).bitPattern
        } else {
            let rebased = magnitude - 112 << 23
            rounded = (rebased + 0x0FFF + (rebased >> 13 & 1)) >> 13
        }
        return sign | UInt16(truncatingIfNeeded: rounded)
    }
}

/// The upper 16 bits of a single.
enum BrainFloat {
    /// Rounded to nearest, ties to even.
    @inline(__always)
    static func rounded(_ single: Float) -> UInt16 {
        let bits = single.bitPattern
        if bits & 0x7FFF_FFFF > 0x7F80_0000 { return UInt16(bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
