import Foundation
import MiniTensor

/// Whether the vector kernels of one instruction set give what plain arithmetic in `Double` does.
struct KernelAccuracyCheck: Check {
    /// The instruction set: "avx2".
    let set: String
    /// How far each function is from right; a test can put something wrong here.
    var errors: @Sendable (String) -> [KernelAccuracy.FunctionError]? = KernelAccuracy.errors(of:)

    var name: String { "kernels \(set)" }

    init(_ set: String) { self.set = set }

    func examine() -> Diagnosis {
        guard let errors = errors(set) else {
            return Diagnosis(.warning, "this processor does not run them")
        }
        let worst = errors.reduce(("nothing", 0.0)) {
            $1.error <= $0.1 ? $0 : ($1.name, $1.error)
        }
        return SelfTest.diagnosis(
            what: errors.count == 1
                ? "1 function differs from Double"
                : "\(errors.count) functions differ from Double", worst: worst, tolerance: 4e-6,
            facts: Dictionary(
                uniqueKeysWithValues: errors.map { ($0.name, String(format: "%.1e", $0.error)) }))
    }
}
