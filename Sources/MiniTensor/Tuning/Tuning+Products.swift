extension Tuning {
    /// Matrix products: their blocks in the caches, and their division among threads.
    package struct Products: Sendable {
        /// Inner steps of a block: a strip of them stays in the first cache. Changes bits.
        package var innerBlock = 256
        /// Rows of the left factor that are used together. Tiles of registers that end with such a block are
        /// not all full; 72 rows instead, whole tiles, were no faster.
        package var rowBlock = 64
        /// Columns whose block of the right factor stays in the second cache while rows go by; twice as many
        /// where the rows are packed on the way.
        package var columnBlock = 528

        /// Numbers of the right factor that are packed before they are used: 6 MiB, which stay in the last
        /// cache.
        package var panelElements = 3 << 19
        /// Columns that are packed together at least, so that rows of the left factor are read seldom; twice
        /// as many where those rows are packed each time, as for matrix units.
        package var narrowestPanel = 512
        /// Inner steps that are packed together at most; after each such piece the result is read and
        /// written again. A multiple of `innerBlock`, or bits change.
        package var deepestPanel = 4_096
        /// Strips of columns that one thread packs at a time.
        package var stripsOfGroup = 4
        /// Numbers that one thread packs at a time, at least.
        package var packedElements = 1 << 14
        /// Packed numbers of a product that is made at once, without dividing it.
        package var smallPanel = 1 << 14
        /// Numbers of the right factor that each thread packs for itself: that is quicker than to wait for
        /// the others and to fetch what they packed. A seventh off the steps of the character model.
        package var largestPackedByEach = 1 << 17

        /// Rows, columns and inner steps, each, from which on matrix units multiply: fewer fill few tiles.
        /// Changes bits.
        package var smallestOnUnits = 32

        /// Rows of the piece of a packed product that one thread takes at a time: each piece reads all of
        /// the panel.
        package var rowsOfPiece = 256
        /// Rows of it at least, if there are few.
        package var fewestRowsOfPiece = 64
        /// Pieces of rows, at most.
        package var mostRowPieces = 64
        /// Pieces of rows that are enough; with fewer than twice as many, columns are divided too.
        package var enoughRowPieces = 8
        /// Columns of a piece where columns are divided.
        package var columnsOfPiece = 256
        /// Pieces of columns, at most.
        package var mostColumnPieces = 8

        /// Rows of a piece of a weight's gradient, at most: its part of the result stays near the processor.
        package var rowsOfRowwisePiece = 512
        /// Neither rows nor columns of such a piece are halved if they are fewer.
        package var smallestDivided = 192

        /// Operations of a product from which on threads share it. Where another core's results take long to
        /// come, as on the Xeon, a product of a million took 16 µs shared and 12 alone.
        package var smallestShared = 2_000_000
        /// Operations from which on a product that BLAS makes is cut into four pieces instead of two, and
        /// then into eight. Each piece packs all of the right factor again, so pieces are few and tall.
        package var smallestInFour = 200_000_000
        /// See `smallestInFour`.
        package var smallestInEight = 4_000_000_000
        /// Rows of such a piece, at least.
        package var fewestRowsOfBLASPiece = 8
        /// Operations of the small products of a batch that one thread makes at a time.
        package var operationsOfBatch = 1_000_000
    }
}
