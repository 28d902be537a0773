/// A stretch of a normalised text and the piece it became; -1 when it became none.
struct EncodedPiece {
    var start: Int
    var end: Int
    var id: Int32
}

/// The length of a character by its first byte, as the reference takes it.
@inline(__always)
func characterLength(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> Int {
    let lead = bytes[start]
    let length: Int
    switch lead {
    case 0xC0...0xDF: length = 2
    case 0xE0...0xEF: length = 3
    case 0xF0...0xFF: length = 4
    default: length = 1
    }
    return min(length, count - start)
}
