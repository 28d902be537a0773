import CMiniKernels
import Testing

@testable import MiniTensor

@Suite("How far kernels are from arithmetic in Double")
struct KernelAccuracyTests {
    @Test("Every instruction set of this processor is measured, and right")
    func right() throws {
        #expect(KernelAccuracy.available.contains("portable"))
        for set in KernelAccuracy.available {
            let errors = try #require(KernelAccuracy.errors(of: set))
            #expect(errors.count == (set == "amx" ? 1 : 10))
            for function in errors { #expect(function.error < 4e-6, "\(set): \(function.name)") }
        }
        #expect(KernelAccuracy.errors(of: "none")?.count == nil)
    }

    @Test("A wrong function is measured as wrong, and no other")
    func wrong() throws {
        var kernels = try #require(mini_kernels_named("portable")).pointee
        kernels.tanh = kernels.sigmoid
        let wrong = KernelAccuracy.errors(of: kernels).filter { $0.error > 4e-6 }
        #expect(wrong.map(\.name) == ["tanh"])
    }
}
