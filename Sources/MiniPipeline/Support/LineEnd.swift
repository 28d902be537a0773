import Foundation

extension Data {
    /// Where the line ends that begins at an index: at its line feed or at the end of the data.
    ///
    /// `firstIndex(of:)` asks for leave at every byte and takes as long as reading the JSON.
    package func lineEnd(from start: Int) -> Int {
        withUnsafeBytes { bytes in
            let offset = start - startIndex
            guard let base = bytes.baseAddress, offset < bytes.count else { return endIndex }
            guard let found = memchr(base + offset, 10, bytes.count - offset) else {
                return endIndex
            }
            return startIndex + (UnsafeRawPointer(found) - base)
        }
    }
}
