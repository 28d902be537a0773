import CMiniKernels

/// What a product reads next, for its kernel to bring into the second cache meanwhile.
struct ComingBlocks {
    private let blocks: (mini_block, mini_block)

    init(_ first: mini_block, _ second: mini_block = mini_block()) {
        blocks = (first, second)
    }

    /// Calls `body` with the blocks as `multiply_packed` takes them.
    static func withPointer(
        to coming: ComingBlocks?, _ body: (UnsafePointer<mini_block>?) -> Void
    ) {
        guard let coming else { return body(nil) }
        withUnsafePointer(to: coming.blocks) {
            $0.withMemoryRebound(to: mini_block.self, capacity: 2, body)
        }
    }
}

extension Matrix {
    /// Its first rows and columns, as they lie in memory.
    func block(rows: Int, columns: Int) -> mini_block {
        mini_block(
            start: pointer, stride: stride, rows: isTransposed ? columns : rows,
            columns: isTransposed ? rows : columns)
    }
}
