import MiniNN

extension TokenPredictor {
    /// Looks at exactly these tokens, and reads only what differs from what it looks at already.
    ///
    /// - Returns: how many of them it knew.
    /// - Precondition: between 1 and `contextLength` tokens.
    @discardableResult
    public mutating func look(at window: some BidirectionalCollection<Int32>) -> Int {
        precondition(
            !window.isEmpty && window.count <= contextLength,
            "The model looks at 1 to \(contextLength) tokens, but \(window.count) were given.")
        // The last one is read in any case: the logits after it are wanted.
        let known = zip(tokens, window.dropLast()).prefix { $0 == $1 }.count
        if known < tokens.count { keepFirst(known) }
        read(window.dropFirst(known))
        return known
    }
}

/// What generation uses when it is given a model.
public typealias StandardPredictor = CachedPredictor
