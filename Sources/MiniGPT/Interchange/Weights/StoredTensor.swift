import MiniTensor

/// What a file of weights says of one tensor in it.
public struct StoredTensor: Sendable, Equatable {
    /// The name of the tensor in the file.
    public let name: String
    /// The file's word for the type of its numbers: `F32`, `Q8_0`, `I64`.
    public let type: String
    /// The length of each axis, row-major.
    public let shape: [Int]
    /// Where its bytes are in the file.
    public let byteRange: Range<Int>
    /// How to read its numbers, if that is possible.
    let numbers: ReadableNumbers?
    /// How far apart neighbours of each axis are, in numbers, unless they lie row-major side by side.
    var strides: [Int]?

    /// How its numbers are stored, or `nil` for a type that this library does not write.
    public var format: NumberFormat? { numbers?.format }
}

/// A type of numbers that tensors can be read from: every `NumberFormat`, and what is only read.
enum ReadableNumbers: Sendable, Equatable {
    case format(NumberFormat)
    /// IEEE 754 double precision; becomes single when read.
    case float64

    var format: NumberFormat? {
        guard case .format(let format) = self else { return nil }
        return format
    }

    var numbersPerBlock: Int { format?.numbersPerBlock ?? 1 }
    var bytesPerBlock: Int { format?.bytesPerBlock ?? 8 }

    /// Turns stored numbers into singles.
    ///
    /// - Precondition: `source` holds the bytes of `count` numbers.
    func decode(
        _ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .format(let format): format.decode(source, count: count, into: target)
        case .float64:
            for index in 0..<count {
                let bits = source.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
                target[index] = Float(Double(bitPattern: bits))
            }
        }
    }
}
