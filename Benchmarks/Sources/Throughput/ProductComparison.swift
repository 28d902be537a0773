import ArgumentParser
import MiniGPT
import Workloads

/// The library's own products beside those of OpenBLAS.
struct ProductComparison: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "products",
        abstract: "Own kernels beside OpenBLAS, at the products of training steps.",
        discussion: """
            The products of the course's model and of GPT-2 small, each by both engines in turn: the \
            medians, and the ratio of neighbouring measurements. OPENBLAS_CORETYPE chooses other kernels \
            of OpenBLAS.
            """)

    @Option(help: "About how long to measure each product with each engine.")
    var seconds = 0.3

    @OptionGroup var common: CommonOptions

    func validate() throws { try checkSeconds(seconds) }

    func run() throws {
        let rows = common.withThreads {
            MatmulWork.trainingShapes.map { ComparedProduct($0, seconds: seconds) }
        }
        if common.json { return try printJSON(rows) }
        let peaks = common.withThreads { Compute.measurePeaks() }
        common.printHeader(peak: peaks.fastest)
        print("OpenBLAS uses its kernels for \(Compute.blasKernels).", terminator: "\n\n")
        print(ComparedProduct.table(of: rows))
    }
}

/// One product by both engines.
struct ComparedProduct: Encodable {
    let name: String
    let size: String
    let ownGigaflops: Double
    let blasGigaflops: Double
    let blasKernels: String
    /// The speed of own kernels divided by that of OpenBLAS: the median of neighbouring measurements.
    let ratio: Double

    /// Measures both engines in turn, five times.
    init(_ work: MatmulWork, seconds: Double) {
        let multiply = work.prepared()
        func time(_ engine: ProductEngine) -> Double {
            Compute.$products.withValue(engine) {
                Timing.measure(seconds: seconds / 5, multiply).median
            }
        }
        let pairs = (0..<5).map { _ in (own: time(.own), blas: time(.blas)) }
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        name = work.name
        size = work.size
        ownGigaflops = work.operations / median(pairs.map(\.own)) / 1e9
        blasGigaflops = work.operations / median(pairs.map(\.blas)) / 1e9
        blasKernels = Compute.blasKernels
        ratio = median(pairs.map { $0.blas / $0.own })
    }

    static func table(of rows: [ComparedProduct]) -> Table {
        var table = Table(
            ["product", "rows×columns×inner", "own GFLOP/s", "OpenBLAS GFLOP/s", "own : OpenBLAS"],
            leftAligned: 2)
        for row in rows {
            table.add([
                row.name, row.size, Figures.short(row.ownGigaflops),
                Figures.short(row.blasGigaflops), Figures.short(row.ratio),
            ])
        }
        return table
    }
}
