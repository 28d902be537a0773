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
        let rest = prepare(for: window)
        read(rest)
        return window.count - rest.count
    }

    /// Forgets what a window does not begin with, so that the rest of it can be read.
    ///
    /// - Returns: what has to be read; at least the last token, since the logits after it are wanted.
    package mutating func prepare(for window: some BidirectionalCollection<Int32>) -> [Int32] {
        let known = zip(tokens, window.dropLast()).prefix { $0 == $1 }.count
        if known < tokens.count { keepFirst(known) }
        return Array(window.dropFirst(known))
    }
}
