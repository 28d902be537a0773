import CMiniKernels
import COpenBLAS

/// Matrix products by our own kernel, where it beats the installed BLAS.
///
/// OpenBLAS reaches nine tenths of what a processor can do, so it does the work wherever it can. Two
/// cases are left to us: products so small that calling it costs more than the arithmetic (the heads
/// of a small model), and an OpenBLAS that uses narrower vectors than the processor has, because it
/// does not know it yet or because `OPENBLAS_CORETYPE` tells it so.
enum PackedProduct {
    /// Whether this processor has AVX-512 but OpenBLAS's kernels do not use it.
    private static let blasIsNarrow: Bool = {
        let wide: Set = ["SkylakeX", "Cooperlake", "SapphireRapids"]
        let core = openblas_get_corename().map { String(cString: $0) } ?? ""
        return String(cString: kernels.name) == "avx512" && !wide.contains(core)
    }()

    private static let kernelIsWide = String(cString: kernels.name) == "avx512"

    /// Products of fewer multiplications are not worth a BLAS call.
    private static let smallProduct = 64 * 64 * 64

    static func isFaster(rows: Int, columns: Int, inner: Int) -> Bool {
        blasIsNarrow || (kernelIsWide && rows * columns * inner <= smallProduct)
    }

    /// Rows of b that are packed at a time: a strip of them stays in the first cache.
    private static let innerBlock = 256
    /// Columns of b that are packed at a time: the block stays in the second cache.
    private static let columnBlock = 512
    /// Rows of a transposed a that are packed at a time.
    private static let rowBlock = 256

    /// c = a·b, or c += a·b.
    static func run(
        rows: Int, columns: Int, inner: Int, _ a: BLAS.Matrix, _ b: BLAS.Matrix, accumulates: Bool,
        into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let strip = kernels.strip_columns
        let widest = (min(columns, columnBlock) + strip - 1) / strip * strip
        let rightCount = min(inner, innerBlock) * widest
        let leftCount = a.isTransposed ? min(rows, rowBlock) * min(inner, innerBlock) : 0
        let scratch = Storage(count: rightCount + leftCount)
        let (right, left) = (scratch.pointer, scratch.pointer + rightCount)
        for k in Swift.stride(from: 0, to: inner, by: innerBlock) {
            let depth = min(innerBlock, inner - k)
            let adds: Int32 = accumulates || k > 0 ? 1 : 0
            for column in Swift.stride(from: 0, to: columns, by: columnBlock) {
                let width = min(columnBlock, columns - column)
                kernels.pack_right(
                    b.rows(from: k).columns(from: column).pointer, b.rowStride, b.columnStride,
                    right, depth, width)
                guard a.isTransposed else {
                    kernels.multiply_packed(
                        a.columns(from: k).pointer, a.rowStride, a.columnStride, right, adds,
                        c + column, stride, rows, width, depth)
                    continue
                }
                for row in Swift.stride(from: 0, to: rows, by: rowBlock) {
                    let height = min(rowBlock, rows - row)
                    kernels.pack_left(
                        a.rows(from: row).columns(from: k).pointer, a.rowStride, a.columnStride,
                        left, height, depth)
                    kernels.multiply_packed(
                        left, 0, 0, right, adds, c + row * stride + column, stride, height, width,
                        depth)
                }
            }
        }
        withExtendedLifetime(scratch) {}
    }
}

extension BLAS.Matrix {
    /// The distance between neighbours in a column.
    fileprivate var rowStride: Int { isTransposed ? 1 : stride }
    /// The distance between neighbours in a row.
    fileprivate var columnStride: Int { isTransposed ? stride : 1 }
}
