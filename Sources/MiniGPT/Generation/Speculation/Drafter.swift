/// Guesses how a text goes on, cheaply, so that the model can check several tokens in one pass.
///
/// Leviathan et al. 2023, "Fast inference from transformers via speculative decoding". The tokens are
/// those the model would make without: the sampler chooses each one from the model's logits, with the
/// same random numbers, and a guess saves the reading of the token it foretold. That takes guesses
/// that are certain (a point mass), for which the paper's rule accepts with the same probability.
public protocol Drafter: Sendable {
    /// Tokens that may come next, at most so many; none if there is nothing to go by.
    mutating func draft(after tokens: [Int32], atMost count: Int) -> [Int32]
}

/// Guesses that the text repeats itself: finds the last tokens earlier in the prompt or in what was
/// made, and proposes what followed there.
///
/// Saxena 2023, "Prompt lookup decoding"; Hugging Face's `prompt_lookup_num_tokens`. Good where
/// answers quote: summaries, corrections, code.
public struct NGramDrafter: Drafter {
    /// How many of the last tokens it looks for at most; fewer if it finds none.
    public var longest: Int
    /// How many it looks for at least.
    public var shortest: Int

    /// A drafter.
    ///
    /// - Precondition: 1 ≤ shortest ≤ longest.
    public init(longest: Int = 3, shortest: Int = 1) {
        precondition(
            shortest >= 1 && shortest <= longest,
            "n-grams need 1 ≤ shortest ≤ longest, not \(shortest) and \(longest).")
        self.longest = longest
        self.shortest = shortest
    }

    /// Tokens that may come next.
    public mutating func draft(after tokens: [Int32], atMost count: Int) -> [Int32] {
        for length in stride(from: longest, through: shortest, by: -1)
        where tokens.count > length {
            let start = tokens.count - length
            for place in stride(from: start - 1, through: 0, by: -1)
            where tokens[place] == tokens[start]
                && tokens[place..<(place + length)] == tokens[start...]
            {
                return Array(tokens[(place + length)...].prefix(count))
            }
        }
        return []
    }
}

/// Guesses with a smaller model of the same vocabulary, greedily.
public struct DraftModel<Predictor: TokenPredictor>: Drafter {
    private var predictor: Predictor
    /// It stops where its guess is less probable than this.
    public var leastProbability: Float

    /// A drafter.
    public init(_ predictor: Predictor, leastProbability: Float = 0) {
        self.predictor = predictor
        self.leastProbability = leastProbability
    }

    /// Tokens that may come next.
    public mutating func draft(after tokens: [Int32], atMost count: Int) -> [Int32] {
        // A window that moves in steps of half a context, so that it is not read again every time.
        let room = predictor.contextLength - count
        guard room > 0, !tokens.isEmpty,
            tokens.allSatisfy({ $0 < predictor.vocabularySize })
        else { return [] }
        let step = max(1, room / 2)
        let dropped = tokens.count <= room ? 0 : (tokens.count - room + step - 1) / step * step
        predictor.look(at: tokens[min(dropped, tokens.count - 1)...])
        var draft: [Int32] = []
        while true {
            let best = Candidates(predictor.logits).best.token
            if leastProbability > 0 {
                let candidates = Candidates(predictor.logits)
                let share = 1 / candidates.weights().total
                guard Float(share) >= leastProbability else { break }
            }
            draft.append(best)
            guard draft.count < count else { break }
            predictor.read(CollectionOfOne(best))
        }
        return draft
    }
}
