@testable import MiniTensor

extension Tuning {
    /// Thresholds so small that small tensors go every way of large ones: many panels, pieces of several
    /// threads, rows of attention one at a time, logits token by token.
    static let small: Tuning = {
        var tuning = Tuning()
        tuning.products.innerBlock = 32
        tuning.products.rowBlock = 16
        tuning.products.columnBlock = 48
        tuning.products.panelElements = 1
        tuning.products.narrowestPanel = 64
        tuning.products.deepestPanel = 64
        tuning.products.packedElements = 256
        tuning.products.smallPanel = 16
        tuning.products.largestPackedByEach = 1_000
        tuning.products.rowsOfPiece = 32
        tuning.products.fewestRowsOfPiece = 16
        tuning.products.columnsOfPiece = 16
        tuning.products.rowsOfRowwisePiece = 32
        tuning.products.smallestDivided = 16
        tuning.products.smallestShared = 1
        tuning.products.smallestInFour = 20_000
        tuning.products.smallestInEight = 100_000
        tuning.products.fewestRowsOfBLASPiece = 4
        tuning.products.operationsOfBatch = 1_000
        tuning.passes.elements = 64
        tuning.passes.rowElements = 64
        tuning.passes.softmaxElements = 64
        tuning.passes.gathered = 16
        tuning.passes.columnsOfSum = 16
        tuning.passes.updatedElements = 32
        tuning.passes.smallestSharedUpdate = 1
        tuning.attention.operationsOfChunk = 1
        tuning.attention.smallestFetched = 1
        tuning.logits.smallestByToken = 1
        tuning.logits.tokensOfBlock = 8
        tuning.logits.blocksOfChunk = 1
        tuning.recomputation.smallestActivation = 1
        tuning.recomputation.smallestWidth = 1
        tuning.recomputation.smallestProductAlone = 1
        return tuning
    }()
}

/// The first place where two arrays of numbers differ in their bits, and how many do; `nil` if none.
func firstDifference(_ found: [Float], _ expected: [Float]) -> String? {
    guard found.count == expected.count else {
        return "\(found.count) numbers instead of \(expected.count)"
    }
    let places = found.indices.filter { found[$0].bitPattern != expected[$0].bitPattern }
    guard let first = places.first else { return nil }
    return
        "\(places.count) of \(found.count) differ, first [\(first)]: \(found[first]) instead of \(expected[first])"
}
