import MiniTensor

/// A text as token ids, cut into examples: some tokens, and the token after each of them.
public struct TokenDataset: Sendable {
    /// All ids.
    public let tokens: TokenStore
    /// The length of an example.
    public let contextLength: Int

    /// A text that is too short to learn from.
    public struct TooShort: Error, Equatable, CustomStringConvertible {
        /// What the text is for.
        public let part: String
        /// How many tokens it has.
        public let count: Int
        /// How many it needs.
        public let needed: Int

        /// The error as a sentence.
        public var description: String {
            "The \(part) text has \(count) tokens, but a context of \(needed - 1) needs at least \(needed); use a longer text or a shorter context."
        }
    }

    /// A dataset of ids in memory.
    ///
    /// - Precondition: there is at least one example: `contextLength + 1` ids.
    public init(_ tokens: [Int32], contextLength: Int) {
        self.init(TokenStore(tokens), contextLength: contextLength)
    }

    /// A dataset of any ids.
    ///
    /// - Precondition: there is at least one example: `contextLength + 1` ids.
    public init(_ tokens: TokenStore, contextLength: Int) {
        precondition(
            contextLength > 0 && tokens.count > contextLength,
            "A dataset with a context of \(contextLength) needs at least \(contextLength + 1) tokens, but has \(tokens.count)."
        )
        self.tokens = tokens
        self.contextLength = contextLength
    }

    /// Cuts ids into the first part, to train on, and the rest, to test on.
    ///
    /// - Parameter validationShare: the share of the ids at the end that is kept for validation.
    /// - Throws: `TooShort` if a part holds no example.
    public static func split(
        _ tokens: TokenStore, contextLength: Int, validationShare: Double = 0.1
    ) throws(TooShort) -> (training: TokenDataset, validation: TokenDataset) {
        let cut = Int(Double(tokens.count) * (1 - validationShare))
        let parts = [
            ("training", tokens.part(0..<cut)), ("validation", tokens.part(cut..<tokens.count)),
        ]
        for (name, part) in parts where part.count <= contextLength {
            throw TooShort(part: name, count: part.count, needed: contextLength + 1)
        }
        return (
            TokenDataset(parts[0].1, contextLength: contextLength),
            TokenDataset(parts[1].1, contextLength: contextLength)
        )
    }

    /// `size` examples from random places.
    ///
    /// - Returns: inputs and targets, both `[size, contextLength]`; a target is the token after its
    ///   input.
    public func batch(
        _ size: Int, using generator: inout some RandomNumberGenerator
    ) -> (inputs: TokenBatch, targets: TokenBatch) {
        let starts = (0..<size).map { _ in
            Int.random(in: 0..<(tokens.count - contextLength), using: &generator)
        }
        return batch(from: starts)
    }

    private func batch(from starts: [Int]) -> (inputs: TokenBatch, targets: TokenBatch) {
        var (inputs, targets): ([Int32], [Int32]) = ([], [])
        inputs.reserveCapacity(starts.count * contextLength)
        targets.reserveCapacity(starts.count * contextLength)
        for start in starts {
            for position in start..<(start + contextLength) {
                inputs.append(tokens[position])
                targets.append(tokens[position + 1])
            }
        }
        return (
            TokenBatch(inputs, batch: starts.count, time: contextLength),
            TokenBatch(targets, batch: starts.count, time: contextLength)
        )
    }

    /// How many examples cover the text without overlap; the last may be shorter.
    public var sequentialCount: Int { (tokens.count - 2) / contextLength + 1 }

    /// The whole text in order, `size` examples at a time. Every token but the first is a target
    /// exactly once; what is left at the end is filled up with targets of −1, which do not count.
    public func sequentialBatches(
        _ size: Int
    ) -> some Sequence<(inputs: TokenBatch, targets: TokenBatch)> {
        stride(from: 0, to: sequentialCount, by: size).lazy.map { first in
            let rows = first..<Swift.min(first + size, sequentialCount)
            var (inputs, targets): ([Int32], [Int32]) = ([], [])
            for row in rows {
                for place in (row * contextLength)..<((row + 1) * contextLength) {
                    let isInside = place + 1 < tokens.count
                    inputs.append(isInside ? tokens[place] : 0)
                    targets.append(isInside ? tokens[place + 1] : -1)
                }
            }
            return (
                TokenBatch(inputs, batch: rows.count, time: contextLength),
                TokenBatch(targets, batch: rows.count, time: contextLength)
            )
        }
    }
}
