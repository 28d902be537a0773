import MiniTensor

/// Reads what one text asks for with a predictor of its own, and with a drafter several guessed
/// tokens in the same pass (speculative decoding).
///
/// A guess that turns out to be the token chosen need not be read again; after the first wrong one
/// the predictor forgets the rest. The logits are those of reading without guesses.
struct SpeculativeReader<Predictor: TokenPredictor>: Sendable {
    /// How many tokens were guessed.
    private(set) var drafted = 0
    /// How many of them were right and saved a pass.
    private(set) var accepted = 0

    private var predictor: Predictor
    private var drafter: (any Drafter)?
    private let draftLength: Int
    private let endTokens: Set<Int32>
    private var guesses: Guesses?

    /// Tokens that were read before anybody chose them.
    private struct Guesses {
        let tokens: [Int32]
        /// The logits before each guess, and after the last one.
        let logits: [[Float]]
        /// How many of them were chosen since.
        var confirmed = 0

        var unconfirmed: Int { tokens.count - confirmed }
    }

    init(_ predictor: Predictor, options: GenerationOptions, endTokens: Set<Int32>) {
        self.predictor = predictor
        drafter = options.drafter
        draftLength = options.draftLength
        self.endTokens = endTokens
    }

    /// What was read and belongs to the text: guesses only once they are confirmed.
    var tokens: [Int32] {
        let unconfirmed = guesses?.unconfirmed ?? 0
        return unconfirmed == 0 ? predictor.tokens : Array(predictor.tokens.dropLast(unconfirmed))
    }

    /// The predictor, without guesses that nobody confirmed.
    var settledPredictor: Predictor {
        var settled = predictor
        settled.keepFirst(tokens.count)
        return settled
    }

    /// Reads what a text asks for.
    ///
    /// - Parameter history: the whole text, which the drafter goes by.
    /// - Returns: the logits after it, and how many tokens of a window were known already.
    mutating func read(
        _ reading: TokenReading, of history: TokenHistory
    ) -> (logits: [Float], known: Int) {
        switch reading {
        case .window(let window):
            guesses = nil
            let known = predictor.look(at: window)
            return (predictor.logits, known)
        case .token(let token):
            return (confirm(token) ?? logits(after: token, of: history), 0)
        }
    }

    /// The logits after a token that was guessed; `nil` if it was not, and then all guesses are gone.
    private mutating func confirm(_ token: Int32) -> [Float]? {
        guard var guesses else { return nil }
        guard guesses.unconfirmed > 0, guesses.tokens[guesses.confirmed] == token else {
            predictor.keepFirst(predictor.tokens.count - guesses.unconfirmed)
            self.guesses = nil
            return nil
        }
        guesses.confirmed += 1
        accepted += 1
        self.guesses = guesses
        return guesses.logits[guesses.confirmed]
    }

    /// Reads a token, and what may follow it.
    private mutating func logits(after token: Int32, of history: TokenHistory) -> [Float] {
        let room = predictor.contextLength - predictor.tokens.count - 1
        let draft = draft(after: history.tokens, atMost: min(draftLength, room))
        guard !draft.isEmpty else {
            predictor.read(CollectionOfOne(token))
            return predictor.logits
        }
        drafted += draft.count
        let guesses = Guesses(tokens: draft, logits: predictor.readAll([token] + draft))
        self.guesses = guesses
        return guesses.logits[0]
    }

    private mutating func draft(after tokens: [Int32], atMost count: Int) -> [Int32] {
        guard count > 0, var drafter else { return [] }
        let draft = drafter.draft(after: tokens, atMost: count)
        self.drafter = drafter
        // What is no token of the model, or would end the text, need not be checked further.
        return Array(
            draft.prefix(count).prefix {
                $0 >= 0 && $0 < predictor.vocabularySize && !endTokens.contains($0)
            })
    }
}
