extension SentencePieceTraining {
    /// The training merge by merge; `TrainingReplay.table` makes a table of it.
    public var replay: [ReplayStep] {
        merges.enumerated().map { index, merge in
            ReplayStep(
                number: index + 1, left: merge.left, right: merge.right, result: merge.piece,
                count: merge.count)
        }
    }
}
