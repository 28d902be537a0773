import Testing

@testable import MiniTensor

/// Products with either engine, with the thresholds as they are and with such small ones that small
/// matrices go every way of large ones.
@Suite struct ProductTests {
    /// Who multiplies, and how small the pieces are.
    struct Way: Sendable, CustomStringConvertible {
        let engine: ProductEngine
        let isDivided: Bool

        var description: String { "\(engine.rawValue)\(isDivided ? ", in small pieces" : "")" }

        static let all = [
            Way(engine: .automatic, isDivided: false), Way(engine: .own, isDivided: true),
            Way(engine: .blas, isDivided: false), Way(engine: .blas, isDivided: true),
        ]

        func run<Result>(_ body: () throws -> Result) rethrows -> Result {
            let tuning = isDivided ? Tuning.small : Tuning()
            return try Compute.$products.withValue(engine) {
                try Tuning.$current.withValue(tuning, operation: body)
            }
        }
    }

    private func multiply(
        _ a: Operand, _ b: Operand, rows: Int, columns: Int, inner: Int, accumulates: Bool = false,
        isShared: Bool = true, into c: Operand, finish: ((Range<Int>) -> Void)? = nil
    ) {
        let shared = SharedProduct(
            rows: rows, columns: columns, inner: inner, a, b, accumulates: accumulates, into: c,
            finish: finish)
        let products = Products.current
        if isShared {
            products.multiplyInParallel([shared])
        } else {
            products.multiply(shared.product)
        }
    }

    /// Every shape that takes its own way, with the result's memory full of NaN.
    @Test(
        arguments: Way.all,
        [
            (3, 4, 5), (1, 4, 5), (3, 1, 5), (1, 1, 5), (3, 4, 0), (1, 4, 0), (3, 1, 0), (1, 1, 0),
            (40, 50, 60), (130, 129, 300), (70, 17, 257), (40, 610, 90), (1, 300, 40), (300, 1, 40),
        ])
    func whatWasInTheResultDoesNotMatterUnlessItIsAddedTo(way: Way, shape: (Int, Int, Int)) {
        let (rows, columns, inner) = shape
        var generator = SplitMix64(seed: 67)
        let transpositions = [(false, false), (true, false), (false, true), (true, true)]
        way.run {
            for (aIsTransposed, bIsTransposed) in transpositions {
                let a = Plain.random([rows, inner], using: &generator)
                let b = Plain.random([inner, columns], using: &generator)
                let left =
                    aIsTransposed
                    ? a.permuted([1, 0]).tensor.rows(of: rows).transposed
                    : a.tensor.rows(of: inner)
                let right =
                    bIsTransposed
                    ? b.permuted([1, 0]).tensor.rows(of: inner).transposed
                    : b.tensor.rows(of: columns)
                let expected = a.matrixProduct(b)
                // Longer sums round more often.
                let tolerance = inner > 300 ? 2e-5 : 1e-5
                // Rows are three apart further than they are long: what lies between must stay.
                let stride = columns + 3
                for isShared in [false, true] {
                    let c = Tensor(repeating: .nan, shape: [rows, stride])
                    for (accumulates, times) in [(false, 1.0), (true, 2.0)] {
                        multiply(
                            left, right, rows: rows, columns: columns, inner: inner,
                            accumulates: accumulates, isShared: isShared, into: c.rows(of: stride))
                        let difference = mismatch(
                            c[.all, ..<columns], expected.map { times * $0 },
                            tolerance: times * tolerance)
                        #expect(
                            difference == nil, "\(aIsTransposed) \(bIsTransposed) \(isShared)")
                    }
                    #expect(c[.all, columns...].scalars.allSatisfy { $0.isNaN })
                }
            }
        }
    }

    @Test(
        arguments: Way.all,
        [
            (200, 90, 40, false), (200, 90, 40, true), (600, 300, 520, false),
            (600, 300, 520, true), (150, 700, 90, false), (20, 700, 90, true),
        ])
    func everyRowIsFinishedOnceAndWhole(way: Way, shape: (Int, Int, Int, Bool)) {
        let (rows, columns, inner, isTransposed) = shape
        let a = Tensor.ones([rows, inner])
        let b = Tensor.ones([inner, columns])
        let c = Tensor(repeating: .nan, shape: [rows, columns])
        let counts = Tensor.zeros([rows])
        let left = isTransposed ? a.rows(of: rows).transposed : a.rows(of: inner)
        way.run {
            multiply(
                left, b.rows(of: columns), rows: rows, columns: columns, inner: inner,
                into: c.rows(of: columns)
            ) { range in
                for row in range {
                    let numbers = UnsafeBufferPointer(
                        start: c.pointer + row * columns, count: columns)
                    if numbers.allSatisfy({ $0 == Float(inner) }) { counts.pointer[row] += 1 }
                }
            }
        }
        #expect(counts.scalars == Array(repeating: 1, count: rows))
    }

    /// However many pieces it is cut into, and whoever makes them.
    @Test(
        arguments: Way.all,
        [(300, 400, 700), (700, 90, 2_000), (100, 1_100, 260), (192, 192, 1_030), (1, 300, 80)])
    func aProductHasTheSameBitsWithAnyNumberOfThreads(way: Way, shape: (Int, Int, Int)) {
        let (rows, columns, inner) = shape
        var generator = SplitMix64(seed: 68)
        let a = Plain.random([inner, rows], using: &generator).tensor
        let b = Plain.random([inner, columns], using: &generator).tensor
        func product(threads: Int) -> [Float] {
            let c = Tensor(repeating: .nan, shape: [rows, columns])
            Compute.$threads.withValue(threads) {
                multiply(
                    a.rows(of: rows).transposed, b.rows(of: columns), rows: rows,
                    columns: columns, inner: inner, into: c.rows(of: columns))
            }
            return c.scalars
        }
        way.run {
            let alone = product(threads: 1)
            #expect(alone.allSatisfy { !$0.isNaN })
            for threads in [2, 3, 7, 16, 0, -1] {
                #expect(firstDifference(product(threads: threads), alone) == nil, "\(threads)")
            }
        }
    }

    @Test(arguments: [0, -1, Int.min])
    func aNumberOfThreadsBelowOneCountsAsOne(threads: Int) {
        let a = Tensor.ones([70, 300])
        let expected = matmul(a, a.T).scalars
        poisonPool(count: 70 * 70)
        let product = Compute.$threads.withValue(threads) { matmul(a, a.T).scalars }
        #expect(firstDifference(product, expected) == nil)
        let sum = Compute.$threads.withValue(threads) { (Tensor.ones([90_000]) + 1).sum().item() }
        #expect(sum == 180_000)
        #expect(Compute.$threads.withValue(threads) { Compute.usableThreads } == 1)
    }

    /// No sum is cut otherwise by smaller pieces, as long as blocks of the sum stay as they are.
    @Test(arguments: [(130, 140, 520), (20, 300, 600), (300, 17, 300)])
    func onlyBlocksOfTheSumChangeBits(rows: Int, columns: Int, inner: Int) {
        var generator = SplitMix64(seed: 69)
        let a = Plain.random([rows, inner], using: &generator).tensor
        let b = Plain.random([inner, columns], using: &generator).tensor
        var tuning = Tuning.small
        tuning.products.innerBlock = Tuning().products.innerBlock
        tuning.products.deepestPanel = Tuning().products.innerBlock
        tuning.products.smallestOnUnits = Tuning().products.smallestOnUnits
        Compute.$products.withValue(.own) {
            let usual = matmul(a, b).scalars
            let small = Tuning.$current.withValue(tuning) { matmul(a, b).scalars }
            #expect(firstDifference(small, usual) == nil)
        }
    }

    @Test func theEnginesAreReallyDifferentOnes() {
        var generator = SplitMix64(seed: 70)
        let a = Plain.random([200, 700], using: &generator).tensor
        let b = Plain.random([700, 300], using: &generator).tensor
        let own = Compute.$products.withValue(.own) { matmul(a, b).scalars }
        let blas = Compute.$products.withValue(.blas) { matmul(a, b).scalars }
        let automatic = Compute.$products.withValue(.automatic) { matmul(a, b).scalars }
        let isOwn = firstDifference(own, automatic) == nil
        #expect(firstDifference(own, blas) != nil)
        #expect(isOwn || firstDifference(blas, automatic) == nil)
    }

    @Test func theEnvironmentNamesAnEngine() throws {
        #expect(try ProductEngine(environment: [:]) == .automatic)
        for engine in ProductEngine.allCases {
            #expect(try ProductEngine(environment: ["MINIGPT_PRODUCTS": engine.rawValue]) == engine)
        }
        for value in ["blass", "", "BLAS"] {
            let error = #expect(throws: EnvironmentError.self) {
                try ProductEngine(environment: ["MINIGPT_PRODUCTS": value])
            }
            #expect(
                error?.description
                    == "The environment variable MINIGPT_PRODUCTS is \"\(value)\", but it must be automatic, own, blas."
            )
        }
    }

    @Test func helpersOfATaskHaveItsSettings() {
        var tuning = Tuning()
        tuning.passes.elements = 7
        let found = Compute.$products.withValue(.blas) {
            Tuning.$current.withValue(tuning) {
                mapInParallel(64) { _ in
                    Compute.products == .blas && Tuning.current.passes.elements == 7
                }
            }
        }
        #expect(found == Array(repeating: true, count: 64))
    }

    @Test func bothSpeedsOfThePeakAreMeasured() {
        let peak = Compute.$threads.withValue(1) { Compute.measurePeaks() }
        #expect(peak.own > 0 && peak.own.isFinite && peak.blas > 0 && peak.blas.isFinite)
        #expect(peak.fastest == max(peak.own, peak.blas))
        #expect(Peak(own: 1, blas: 2).fastest == 2)
        #expect(Peak(own: 3, blas: 2).fastest == 3)
    }
}
