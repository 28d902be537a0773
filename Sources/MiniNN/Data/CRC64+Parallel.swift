import MiniSupport
import MiniTensor

extension CRC64 {
    /// Of many bytes, on several threads.
    package static func inParallel(_ bytes: UnsafeRawBufferPointer) -> CRC64 {
        let piece = 1 << 20
        let pieces = (bytes.count + piece - 1) / piece
        guard pieces > 1 else { return CRC64(bytes) }
        let parts = [CRC64](unsafeUninitializedCapacity: pieces) { parts, initialized in
            // Each place is written by one thread, and read after all have finished.
            nonisolated(unsafe) let parts = parts
            forEachChunk(of: pieces, grain: 1) { range in
                for index in range {
                    let end = Swift.min(bytes.count, (index + 1) * piece)
                    (parts.baseAddress! + index).initialize(
                        to: CRC64(UnsafeRawBufferPointer(rebasing: bytes[index * piece..<end])))
                }
            }
            initialized = pieces
        }
        return parts.dropFirst().reduce(into: parts[0]) { $0.append($1) }
    }
}
