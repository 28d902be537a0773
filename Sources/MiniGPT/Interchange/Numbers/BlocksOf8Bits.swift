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
