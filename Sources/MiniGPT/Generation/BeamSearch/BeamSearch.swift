import Foundation
import MiniNN
import MiniTensor

/// Keeps the most probable continuations so far, a fixed number of them, and takes each one step
/// further at a time.
///
/// As transformers' `generate(num_beams:)`, score for score: a finished continuation counts
/// Σ ln p / length^`lengthPenalty`, with the length of what was made and the end-of-text token in it.
/// For the most probable text as such, `lengthPenalty: 0, stopping: .never`.
public struct BeamSearch: Sendable, Equatable {
    /// When the search is over.
    public enum Stopping: Sendable {
        /// As soon as there are as many finished continuations as beams (`early_stopping=True`).
        case whenFull
        /// When the best open one could not beat the worst finished one if it ended now
        /// (`early_stopping=False`, the default there).
        case heuristic
        /// When it could not at any length (`early_stopping="never"`).
        case never
    }

    /// A continuation.
    public struct Beam: Sendable, Equatable {
        /// What was made, with the token that ended it.
        public let tokens: [Int32]
        /// Σ ln p / length^lengthPenalty.
        public let score: Float
    }

    /// How many continuations are kept.
    public var beams: Int
    /// Above 0 favours long texts, below 0 short ones.
    public var lengthPenalty: Float
    /// When it is over.
    public var stopping: Stopping
    /// The longest continuation.
    public var maximumTokens: Int

    /// A search.
    ///
    /// - Throws: `GenerationParameterError`, which names a parameter that cannot be used.
    public init(
        beams: Int, maximumTokens: Int, lengthPenalty: Float = 1, stopping: Stopping = .heuristic
    ) throws(GenerationParameterError) {
        try Check.atLeast(1, "beams", beams)
        try Check.atLeast(1, "maximumTokens", maximumTokens)
        try Check.number("lengthPenalty", lengthPenalty, "a finite number") { $0.isFinite }
        self.beams = beams
        self.maximumTokens = maximumTokens
        self.lengthPenalty = lengthPenalty
        self.stopping = stopping
    }

    /// The best continuations of a prompt, the best first; as many as beams, fewer if the search found
    /// fewer.
    ///
    /// Each beam is a copy of the predictor.
    ///
    /// - Throws: `GenerationParameterError` if prompt and continuation do not fit into the context:
    ///   a context that slides would change what the scores mean.
    /// - Precondition: the prompt has at least one token; all are in the vocabulary.
    public func search(
        _ predictor: some TokenPredictor, prompt: [Int32], endTokens: Set<Int32>
    ) throws(GenerationParameterError) -> [Beam] {
        precondition(!prompt.isEmpty, "A model needs at least one token to continue from.")
        let room = predictor.contextLength - prompt.count
        guard maximumTokens <= room else {
            throw GenerationParameterError(
                name: "maximumTokens", value: "\(maximumTokens)",
                allowed: "at most \(max(0, room)): the context has \(predictor.contextLength) "
                    + "tokens, and the prompt \(prompt.count)")
        }
        var first = predictor
        first.look(at: prompt)
        var running = [Running(predictor: first)]
        var finished: [Beam] = []
        let candidateCount = max(2, 1 + endTokens.count) * beams
        for length in 1...maximumTokens {
            let candidates = continuations(of: running, count: candidateCount)
            // The end of the length is an end for all.
            let isOver = { (token: Int32) in length == maximumTokens || endTokens.contains(token) }
            let isClosed = stopping == .whenFull && finished.count == beams
            for candidate in candidates.prefix(beams) where isOver(candidate.token) && !isClosed {
                let tokens = running[candidate.beam].tokens + [candidate.token]
                finished.append(Beam(tokens: tokens, score: candidate.score / divisor(length)))
            }
            finished = Array(finished.sortedStably { $0.score > $1.score }.prefix(beams))
            let open = candidates.filter { !isOver($0.token) }.prefix(beams)
            guard let best = open.first else { break }
            if stopping == .whenFull, finished.count == beams { break }
            if let worst = finished.last, finished.count == beams {
                let isLong = stopping == .never && lengthPenalty > 0
                let possible = best.score / divisor(isLong ? maximumTokens : length)
                if possible <= worst.score { break }
            }
            running = open.map { running[$0.beam].extended(by: $0.token, score: $0.score) }
        }
        return finished
    }

    private func divisor(_ length: Int) -> Float {
        Float(pow(Double(length), Double(lengthPenalty)))
    }

    private struct Continuation {
        let beam: Int
        let token: Int32
        let score: Float
    }

    /// The best single steps of all beams together.
    private func continuations<P>(of running: [Running<P>], count: Int) -> [Continuation] {
        var all: [Continuation] = []
        for (index, beam) in running.enumerated() {
            var candidates = Candidates(beam.predictor.logits)
            let logSum = candidates.best.logit + Float(log(candidates.weights().total))
            candidates.keepLargest(count)
            all += candidates.entries.map {
                Continuation(
                    beam: index, token: $0.token, score: beam.score + ($0.logit - logSum))
            }
        }
        return Array(all.sortedStably { $0.score > $1.score }.prefix(count))
    }

    private struct Running<Predictor: TokenPredictor>: Sendable {
        var predictor: Predictor
        var tokens: [Int32] = []
        var score: Float = 0

        func extended(by token: Int32, score: Float) -> Running {
            var next = self
            next.predictor.read(CollectionOfOne(token))
            next.tokens.append(token)
            next.score = score
            return next
        }
    }
}

extension Array {
    /// Sorted; equals stay in their order.
    fileprivate func sortedStably(by isBefore: (Element, Element) -> Bool) -> [Element] {
        enumerated().sorted { a, b in
            isBefore(a.element, b.element)
                || !isBefore(b.element, a.element) && a.offset < b.offset
        }.map(\.element)
    }
}
