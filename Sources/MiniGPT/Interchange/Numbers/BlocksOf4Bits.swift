/// ggml's Q4_0: 32 numbers as one scale in half precision and 16 bytes.
///
/// A number is scale · (level − 8) with a level of four bits. Byte j holds number j in its lower half
/// and number j + 16 in its upper half. The number of largest magnitude gets the level 0, so the scale
/// may be negative.
enum BlocksOf4Bits {
    static func decode(
        _ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>
    ) {
        for block in 0..<count / 32 {
            let start = source + 18 * block
            let scale = HalfPrecision.single(start.loadUnaligned(as: UInt16.self))
            for index in 0..<16 {
                let pair = start.load(fromByteOffset: 2 + index, as: UInt8.self)
                target[32 * block + index] = scale * Float(Int(pair & 15) - 8)
                target[32 * block + index + 16] = scale * Float(Int(pair >> 4) - 8)
            }
        }
    }

    static func encode(
        _ source: UnsafePointer<Float>, count: Int, into target: UnsafeMutableRawPointer
    ) {
        for block in 0..<count / 32 {
            let numbers = source + 32 * block
            let start = target + 18 * block
            var largest: Float = 0
            for index in 0..<32 where numbers[index].magnitude > largest.magnitude {
                largest = numbers[index]
            }
            let scale = largest / -8
            let inverse = scale != 0 ? 1 / scale : 0
            start.storeBytes(of: HalfPrecision.half(scale), as: UInt16.self)
            for index in 0..<16 {
                let pair =
                    level(numbers[index] * inverse) | level(numbers[index + 16] * inverse) << 4
                start.storeBytes(of: pair, toByteOffset: 2 + index, as: UInt8.self)
            }
        }
    }

    /// Rounded as ggml does: up from the middle. Scales below the smallest single have an infinite
    /// inverse; what comes of it is clamped.
    @inline(__always)
    private static func level(_ scaled: Float) -> UInt8 {
        scaled.isNaN ? 8 : UInt8(min(15, max(0, scaled + 8.5)))
    }
}
