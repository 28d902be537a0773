import CMiniKernels
import Testing

/// Where an exponential overflows, one float of millions can be wrong: none is left out here.
struct EveryFloatTests {
    /// All floats from 4 to 128, and from −4 to −128, some at a time.
    private func forEachBlock(_ body: (UnsafePointer<Float>, Int) -> Void) {
        let count = 1 << 16
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { buffer in
            let block = buffer.baseAddress!
            for sign in [UInt32(0), 0x8000_0000] {
                for first in stride(from: Float(4).bitPattern, to: Float(128).bitPattern, by: count)
                {
                    for index in 0..<count {
                        block[index] = Float(bitPattern: (first + UInt32(index)) | sign)
                    }
                    body(block, count)
                }
            }
        }
    }

    @Test(
        "Functions that approach a bound are finite at every float",
        arguments: InstructionSet.available)
    func functions(set: InstructionSet) {
        let kernels = set.kernels
        let functions: [(name: String, kernel: mini_unary)] = [
            ("tanh", kernels.tanh), ("sigmoid", kernels.sigmoid), ("gelu", kernels.gelu),
            ("gelu_tanh", kernels.gelu_tanh),
        ]
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 1 << 16) { results in
            let y = results.baseAddress!
            var failures: Set<String> = []
            forEachBlock { x, count in
                for (name, kernel) in functions {
                    kernel(x, y, count)
                    if kernels.all_finite(y, count) == 0 { failures.insert(name) }
                }
            }
            #expect(failures.isEmpty)
        }
    }

    @Test("So are their derivatives", arguments: InstructionSet.available)
    func derivatives(set: InstructionSet) {
        let kernels = set.kernels
        let functions: [(name: String, kernel: mini_binary)] = [
            ("gelu", kernels.gelu_gradient), ("gelu_tanh", kernels.gelu_tanh_gradient),
        ]
        let ones = [Float](repeating: 1, count: 1 << 16)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 1 << 16) { results in
            let y = results.baseAddress!
            var failures: Set<String> = []
            forEachBlock { x, count in
                for (name, kernel) in functions {
                    kernel(x, ones, y, count)
                    if kernels.all_finite(y, count) == 0 { failures.insert(name) }
                }
            }
            #expect(failures.isEmpty)
        }
    }
}
