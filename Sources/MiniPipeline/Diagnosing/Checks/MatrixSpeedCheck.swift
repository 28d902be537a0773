import Foundation
import MiniGPT
import MiniTensor

/// How fast large matrices are multiplied, by the library's own kernels and by OpenBLAS, on one thread and on
/// all.
struct MatrixSpeedCheck: Check {
    let name = "matrix products"
    var processor = Processor()
    var core = Compute.blasKernels

    func examine() -> Diagnosis {
        let frequency = Processor.measureFrequency()
        let one = Compute.$threads.withValue(1) { Compute.measurePeaks() }
        let all = Compute.threads > 1 ? Compute.measurePeaks() : one
        let ceiling = processor.operationsPerCycle * frequency
        let share = ceiling > 0 ? one.fastest / ceiling : 0
        let blas = Compute.blasDescription.trimmingCharacters(in: .whitespaces)
        let facts = [
            "blas": blas, "blasKernels": core, "products": Compute.products.rawValue,
            "gigaflopsOwnOneThread": String(format: "%.1f", one.own),
            "gigaflopsBLASOneThread": String(format: "%.1f", one.blas),
            "gigaflopsOwnAllThreads": String(format: "%.1f", all.own),
            "gigaflopsBLASAllThreads": String(format: "%.1f", all.blas),
            "threads": "\(Compute.threads)",
            "gigaflopsTheoreticalOneThread": String(format: "%.1f", ceiling),
        ]
        let detail = String(
            format:
                "own kernels %.0f GFLOP/s on one thread, %.0f on %d; OpenBLAS %.0f and %.0f, with its kernels for \(core); the faster is about %.0f %% of what a core can do; products are made by: \(Compute.products.rawValue); ",
            one.own, all.own, Compute.threads, one.blas, all.blas, 100 * share)
        return judge(share: share, detail: detail + blas, facts: facts)
    }

    /// A third of what the units could do is too little for a machine that has nothing else to do; and
    /// narrow kernels of OpenBLAS leave vectors of the processor unused.
    func judge(share: Double, detail: String, facts: [String: String]) -> Diagnosis {
        if let remedy = narrowCoreRemedy {
            return Diagnosis(.warning, detail, remedy: remedy, facts: facts)
        }
        guard share < 0.33 else { return Diagnosis(.good, detail, facts: facts) }
        return Diagnosis(
            .warning, detail,
            remedy:
                "That is little: end other programs and try again, unset OPENBLAS_CORETYPE, or install a newer OpenBLAS that knows this processor.",
            facts: facts)
    }

    /// What to do if OpenBLAS has taken the processor for one of narrower vectors.
    private var narrowCoreRemedy: String? {
        let width = Self.vectorBits(ofCore: core)
        guard let width, width < processor.vectorBits else { return nil }
        let better = processor.vectorBits == 512 ? "SkylakeX" : processor.isAMD ? "Zen" : "Haswell"
        return
            "OpenBLAS takes this processor for \(core), whose vectors have \(width) bits where this one's have \(processor.vectorBits): set OPENBLAS_CORETYPE=\(better), or install a newer OpenBLAS. Only products that OpenBLAS makes (MINIGPT_PRODUCTS=blas, products with a vector) and linear algebra are slowed."
    }

    /// The bits in the vectors that OpenBLAS's kernels for a core use; `nil` for one that is not known.
    static func vectorBits(ofCore core: String) -> Int? {
        switch core.lowercased() {
        case "skylakex", "cooperlake", "sapphirerapids": 512
        case "haswell", "zen", "excavator", "steamroller", "piledriver", "bulldozer", "sandybridge":
            256
        case "katmai", "coppermine", "northwood", "prescott", "banias", "core2", "penryn",
            "dunnington", "nehalem", "atom", "athlon", "opteron", "opteron_sse3", "barcelona",
            "bobcat", "nano":
            128
        default: nil
        }
    }
}
