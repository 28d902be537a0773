import MiniTokenizer

/// A grammar together with a vocabulary: says which tokens may come next.
///
/// A token may come if the grammar allows all of its bytes, one after the other. The text may end
/// where the grammar has come to an end, and only there. Tokens without bytes and special tokens other
/// than those that end the text do not come.
public struct TokenConstraint: Sendable {
    private let trie: TokenTrie
    private let start: GrammarAutomaton

    /// A constraint; keep the tree of a tokenizer that is used again.
    ///
    /// - Throws: `GrammarError` if the grammar is too ambiguous at its beginning.
    public init(_ grammar: Grammar, trie: TokenTrie) throws(GrammarError) {
        self.trie = trie
        start = try GrammarAutomaton(grammar)
    }

    /// A constraint.
    ///
    /// - Throws: `GrammarError` if the grammar is too ambiguous at its beginning.
    public init(_ grammar: Grammar, tokenizer: some TextTokenizer) throws(GrammarError) {
        try self.init(grammar, trie: TokenTrie(tokenizer))
    }

    func matcher(endTokens: Set<Int32>, vocabularySize: Int) -> Matcher {
        Matcher(
            automaton: start, trie: trie, endTokens: endTokens, vocabularySize: vocabularySize)
    }

    /// Follows one text.
    struct Matcher: Sendable {
        private var automaton: GrammarAutomaton
        private let trie: TokenTrie
        private let endTokens: Set<Int32>
        private let vocabularySize: Int
        /// The tokens that may come in a state; a state comes again often.
        private var masks: [Int32: TokenMask] = [:]
        private var text: [UInt8] = []
        private static let maskLimit = 1 << 10

        init(
            automaton: GrammarAutomaton, trie: TokenTrie, endTokens: Set<Int32>,
            vocabularySize: Int
        ) {
            self.automaton = automaton
            self.trie = trie
            self.endTokens = endTokens
            self.vocabularySize = vocabularySize
        }

        /// Whether the text is whole.
        var mayEnd: Bool { automaton.mayEnd(automaton.state) }

        /// Whether the text is whole and nothing can follow.
        var isFinished: Bool { mayEnd && !automaton.canContinue(automaton.state) }

        /// Takes a token that may come.
        mutating func accept(_ token: Int32) throws(GrammarError) {
            let bytes = trie.bytes(of: token) ?? []
            guard !bytes.isEmpty, try automaton.accept(bytes) else {
                throw .cannotContinue(after: end)
            }
            text = Array((text + bytes).suffix(120))
            if automaton.forgetIfLarge() { masks = [:] }
        }

        /// Gives −∞ to the tokens that may not come.
        ///
        /// - Parameter mayEnd: whether the text is long enough to end.
        /// - Returns: `false` if the text is whole and no token can follow.
        /// - Throws: `GrammarError.cannotContinue` if it is not whole and none can.
        mutating func restrict(
            _ logits: inout [Float], mayEnd isLongEnough: Bool
        ) throws(GrammarError) -> Bool {
            let mask = try mask()
            let ends = mayEnd && isLongEnough ? endTokens : []
            let canEnd = ends.contains { logits.indices.contains(Int($0)) }
            // A logit of −∞ cannot be chosen whatever the grammar says.
            let canGoOn = mask.contains { logits[Int($0)] > -.infinity }
            guard canGoOn || canEnd else {
                if mayEnd { return false }
                throw .cannotContinue(after: end)
            }
            for token in logits.indices where !mask[token] && !ends.contains(Int32(token)) {
                logits[token] = -.infinity
            }
            return true
        }

        /// The end of the text so far.
        private var end: String { String(decoding: text, as: UTF8.self) }

        mutating func mask() throws(GrammarError) -> TokenMask {
            if let known = masks[automaton.state] { return known }
            var mask = TokenMask(count: vocabularySize)
            var states = [Int32](repeating: automaton.state, count: trie.depth + 1)
            var index = 0
            while index < trie.nodes.count {
                let node = trie.nodes[index]
                let next = try automaton.step(states[Int(node.depth)], node.byte)
                guard next != GrammarAutomaton.dead else {
                    index = Int(node.end)
                    continue
                }
                states[Int(node.depth) + 1] = next
                for token in trie.tokens(of: index) { mask.insert(token) }
                index += 1
            }
            if masks.count >= Self.maskLimit { masks = [:] }
            masks[automaton.state] = mask
            return mask
        }
    }
}

/// A set of tokens, one bit for each.
struct TokenMask: Sendable, Equatable {
    private var words: [UInt64]
    private let count: Int

    init(count: Int) {
        self.count = count
        words = Array(repeating: 0, count: (count + 63) / 64)
    }

    mutating func insert(_ token: Int32) {
        guard token < count else { return }
        words[Int(token >> 6)] |= 1 << UInt64(token & 63)
    }

    subscript(token: Int) -> Bool { words[token >> 6] >> UInt64(token & 63) & 1 != 0 }

    /// Whether a token fulfils a condition.
    func contains(where condition: (Int32) -> Bool) -> Bool {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                if condition(Int32(index << 6 + rest.trailingZeroBitCount)) { return true }
                rest &= rest - 1
            }
        }
        return false
    }
}
