import Foundation
import MiniTensor

/// How fast memory far larger than the caches is read, in bytes a second.
enum MemorySpeed {
    /// The fastest of a few times of adding up so many bytes, on the threads in use.
    static func measureReading(bytes: Int) -> Double {
        let count = bytes / 4
        let memory = Tensor.ones([count])
        let clock = ContinuousClock()
        var fastest = Double.infinity
        var sum: Float = 0
        for _ in 0..<4 {
            let time = clock.measure { sum += memory.sum().item() }
            fastest = min(fastest, time / .seconds(1))
        }
        return sum > 0 ? Double(count * 4) / fastest : 0
    }
}
