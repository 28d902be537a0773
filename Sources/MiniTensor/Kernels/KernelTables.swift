import CMiniKernels
import Foundation

/// The vector kernels for this processor, or those that `MINIGPT_KERNELS` names.
package let kernels: mini_kernels = {
    if let name = ProcessInfo.processInfo.environment["MINIGPT_KERNELS"],
        let complaint = Compute.complaint(aboutKernels: name)
    {
        preconditionFailure(complaint)
    }
    return mini_kernels_best().pointee
}()

/// The matrix units of this processor, if it has some.
package let matrixUnits: mini_matrix_units? = mini_matrix_units_best()?.pointee

extension Compute {
    /// The instruction set of the kernels in use: "portable", "avx2", "avx512" or "neon"; "amx" for the
    /// vectors of "avx512" and products on matrix units.
    public static var kernelName: String { String(cString: matrixUnits?.name ?? kernels.name) }

    /// What is wrong with a value of the environment variable `MINIGPT_KERNELS`; `nil` if this
    /// processor runs kernels of that name.
    package static func complaint(aboutKernels name: String) -> String? {
        let all = ["portable", "neon", "avx2", "avx512", "amx"]
        let names = all.filter { name in
            mini_kernels_named(name) != nil || mini_matrix_units_named(name) != nil
        }
        if names.contains(name) { return nil }
        return
            "MINIGPT_KERNELS is \"\(name)\", but this processor runs \(names.joined(separator: ", ")); unset it for the fastest."
    }
}
