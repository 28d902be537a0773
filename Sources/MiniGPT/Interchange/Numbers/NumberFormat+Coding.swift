extension NumberFormat {
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
        case .q8:
            BlocksOf8Bits.decode(source, count: count, into: target)
        case .q4:
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
        case .q8:
            BlocksOf8Bits.encode(source, count: count, into: target)
        case .q4:
            BlocksOf4Bits.encode(source, count: count, into: target)
        }
    }
}
