import Benchmark
import Registration
import Workloads

/// Matrix products: the shapes of transformers, and squares in every layout.
let benchmarks: @Sendable () -> Void = {
    var works = MatmulWork.transformerShapes
    for (left, right) in [(false, false), (false, true), (true, false), (true, true)] {
        works.append(
            MatmulWork(
                "layout", rows: 512, columns: 512, inner: 512, transposesLeft: left,
                transposesRight: right))
    }
    for work in works {
        // A product with a vector reads the matrix for one use of each number: memory is its limit.
        let isVector = work.rows == 1 || work.columns == 1
        register(
            work.identifier,
            Work(operations: work.operations, bytes: isVector ? work.bytes : 0),
            calling: work.prepared)
    }
}
