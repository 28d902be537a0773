/// How floating-point numbers are stored in a file.
public enum FloatFormat: String, Sendable, CaseIterable {
    /// IEEE single precision: nothing is lost.
    case float32
    /// IEEE half precision: 11 bits of precision, largest number 65,504.
    case float16
    /// The upper half of a single: 8 bits of precision, the same range.
    case bfloat16

    var numbers: NumberFormat {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        }
    }
}

/// All the ways weights are stored in the files this library reads. All are little-endian.
enum NumberFormat: Sendable {
    case float32
    case float16
    case bfloat16
    /// ggml's Q8_0: blocks of 32 numbers, each a signed byte times a scale in half precision.
    case blocksOf8Bits
    /// ggml's Q4_0: blocks of 32 numbers, each four bits times a scale in half precision.
    case blocksOf4Bits

    /// How many numbers share a block.
    var blockCount: Int { self == .blocksOf8Bits || self == .blocksOf4Bits ? 32 : 1 }

    /// The size of a block.
    var blockBytes: Int {
        switch self {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .blocksOf8Bits: 34
        case .blocksOf4Bits: 18
        }
    }

    /// The size of `count` numbers; `nil` if they do not fill whole blocks or it is too large.
    func bytes(for count: Int) -> Int? {
        guard count >= 0, count % blockCount == 0 else { return nil }
        let (bytes, overflow) = (count / blockCount).multipliedReportingOverflow(by: blockBytes)
        return overflow ? nil : bytes
    }

    /// Turns stored numbers into singles.
    ///
    /// - Precondition: `source` holds the bytes of `count` numbers.
    func decode(
        _ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .float32:
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 * count)
        case .float16:
            for index in 0..<count {
                target[index] = HalfPrecision.single(
                    source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
            }
        case .bfloat16:
            for index in 0..<count {
                let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                target[index] = Float(bitPattern: UInt32(bits) << 16)
            }
        case .blocksOf8Bits:
            BlocksOf8Bits.decode(source, count: count, into: target)
        case .blocksOf4Bits:
            BlocksOf4Bits.decode(source, count: count, into: target)
        }
    }

    /// Turns singles into stored numbers.
    ///
    /// - Precondition: `target` has room for `count` numbers, and they are finite if they are to be
    ///   stored in blocks.
    func encode(
        _ source: UnsafePointer<Float>, count: Int, into target: UnsafeMutableRawPointer
    ) {
        switch self {
        case .float32:
            target.copyMemory(from: source, byteCount: 4 * count)
        case .float16:
            for index in 0..<count {
                target.storeBytes(
                    of: HalfPrecision.half(source[index]), toByteOffset: 2 * index, as: UInt16.self)
            }
        case .bfloat16:
            for index in 0..<count {
                target.storeBytes(
                    of: BrainFloat.rounded(source[index]), toByteOffset: 2 * index, as: UInt16.self)
            }
        case .blocksOf8Bits:
            BlocksOf8Bits.encode(source, count: count, into: target)
        case .blocksOf4Bits:
            BlocksOf4Bits.encode(source, count: count, into: target)
        }
    }
}

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

/// ggml's Q8_0: 32 numbers as one scale in half precision and 32 signed bytes.
enum BlocksOf8Bits {
    static func decode(
        _ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>
    ) {
        for block in 0..<count / 32 {
            let start = source + 34 * block
            let scale = HalfPrecision.single(start.loadUnaligned(as: UInt16.self))
            for index in 0..<32 {
                let level = start.load(fromByteOffset: 2 + index, as: Int8.self)
                target[32 * block + index] = scale * Float(level)
            }
        }
    }

    static func encode(
        _ source: UnsafePointer<Float>, count: Int, into target: UnsafeMutableRawPointer
    ) {
        for block in 0..<count / 32 {
            let numbers = source + 32 * block
            let start = target + 34 * block
            var largest: Float = 0
            for index in 0..<32 { largest = max(largest, numbers[index].magnitude) }
            let scale = largest / 127
            let inverse = scale > 0 ? 1 / scale : 0
            start.storeBytes(of: HalfPrecision.half(scale), as: UInt16.self)
            for index in 0..<32 {
                let level = (numbers[index] * inverse).rounded(.toNearestOrAwayFromZero)
                // Scales below the smallest single have an infinite inverse; clamp what comes of it.
                start.storeBytes(
                    of: level.isNaN ? 0 : Int8(min(127, max(-127, level))),
                    toByteOffset: 2 + index, as: Int8.self)
            }
        }
    }

    /// Whether all numbers can be stored: finite, and with scales a half can hold.
    static func canHold(_ numbers: UnsafeBufferPointer<Float>) -> Bool {
        numbers.allSatisfy { $0.magnitude <= 127 * 65_504 }
    }
}
