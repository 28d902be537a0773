import Foundation
import MiniTokenizer

/// "Don't repeat yourself": makes a token less likely that would continue a repetition, the more the
/// longer it is already.
///
/// If the last n tokens stood in the text before, followed by token t, then t loses
/// multiplier · base^(n − allowedLength), for the largest such n from `allowedLength` up. A repetition
/// does not reach across a breaker, and a token that is a breaker by itself loses nothing. As
/// `llama_sampler_dry` of llama.cpp, after p-e-w's proposal for text-generation-webui (2024).
public struct DRY: SamplerStage {
    /// The penalty of a repetition as long as is allowed.
    public var multiplier: Float
    /// How it grows with each token more.
    public var base: Float
    /// Shorter repetitions are free.
    public var allowedLength: Int
    /// How many of the last tokens count; `nil` for all.
    public var window: Int?
    /// Where repetitions end: sequences of tokens.
    public var breakers: [[Int32]]

    /// A penalty; a multiplier of 0 is off.
    public init(
        multiplier: Float, base: Float = 1.75, allowedLength: Int = 2, window: Int? = nil,
        breakers: [[Int32]] = []
    ) {
        self.multiplier = multiplier
        self.base = base
        self.allowedLength = allowedLength
        self.window = window
        self.breakers = breakers
    }

    /// Its name in reports.
    public var name: SamplerStageName { .dry }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { multiplier == 0 || window == 0 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.number("dryMultiplier", multiplier, "at least 0 (0 for off)") { $0 >= 0 }
        try Check.number("dryBase", base, "at least 1") { $0 >= 1 }
        try Check.atLeast(1, "dryAllowedLength", allowedLength)
        try Check.window("dryWindow", window)
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        guard !isOff else { return }
        // The exponent must not make the power infinite.
        let largestExponent = base > 1.000_001 ? Int(88.722_839 / log(base)) : .max
        candidates.change(repetitions(in: history)) { logit, length in
            let exponent = min(length - allowedLength, largestExponent)
            return logit - multiplier * pow(base, Float(exponent))
        }
    }

    /// For each token that would continue a repetition, the longest that it would continue.
    func repetitions(in history: TokenHistory) -> [Int32: Int] {
        // Newest first: a repetition of the end is then a match with the beginning.
        let recent = Array(history.suffix(window).reversed())
        guard recent.count > allowedLength else { return [:] }
        let limit = lengthToBreaker(recent)
        guard limit >= allowedLength else { return [:] }
        var longest: [Int32: Int] = [:]
        for (place, length) in matchesWithBeginning(recent).enumerated().dropFirst() {
            let length = min(length, limit)
            guard length >= allowedLength else { continue }
            // A token that is a breaker by itself cannot continue a repetition.
            guard !breakers.contains([recent[place - 1]]) else { continue }
            longest[recent[place - 1]] = max(longest[recent[place - 1]] ?? 0, length)
        }
        return longest
    }

    /// How many of the newest tokens come after the last breaker.
    private func lengthToBreaker(_ recent: [Int32]) -> Int {
        for place in recent.indices {
            var longest = -1
            for breaker in breakers where breaker.first == recent[place] {
                let tail = breaker.count - 1
                guard tail > longest, tail <= place else { continue }
                let matches = (1..<breaker.count).allSatisfy {
                    breaker[$0] == recent[place - $0]
                }
                if matches { longest = tail }
            }
            if longest >= 0 { return place - longest }
        }
        return recent.count
    }

    /// For each place, how long the same tokens follow there as at the beginning, by the Z algorithm
    /// (Gusfield 1997, section 1.4), in linear time.
    private func matchesWithBeginning(_ tokens: [Int32]) -> [Int] {
        var lengths = [Int](repeating: 0, count: tokens.count)
        var (left, right) = (0, 0)
        for place in tokens.indices.dropFirst() {
            var length = place < right ? min(right - place, lengths[place - left]) : 0
            while place + length < tokens.count, tokens[length] == tokens[place + length] {
                length += 1
            }
            if place + length > right { (left, right) = (place, place + length) }
            lengths[place] = length
        }
        return lengths
    }
}

extension DRY {
    /// The texts at which llama.cpp ends repetitions, unless told otherwise.
    public static let usualBreakers = ["\n", ":", "\"", "*"]

    /// Texts as sequences of tokens, in every way the vocabulary can spell them: within one token, or
    /// from the end of one through tokens of their own.
    ///
    /// Goes through the whole vocabulary; do it once.
    public static func breakers(
        _ texts: [String], tokenizer: some TextTokenizer
    ) -> [[Int32]] {
        var result: Set<[Int32]> = []
        let texts = texts.filter { !$0.isEmpty }.map { Array($0.utf8) }
        for token in 0..<Int32(tokenizer.vocabularySize) {
            guard !tokenizer.isSpecial(token), let bytes = tokenizer.bytes(of: token) else {
                continue
            }
            for text in texts {
                if bytes.firstRange(of: text) != nil {
                    result.insert([token])
                    continue
                }
                for length in 1..<max(text.count, 1) where bytes.hasSuffix(text[..<length]) {
                    let rest = String(decoding: text[length...], as: UTF8.self)
                    guard let tail = try? tokenizer.encode(rest), tail.count <= 20 else { continue }
                    result.insert([token] + tail)
                }
            }
        }
        return result.sorted { $0.lexicographicallyPrecedes($1) }
    }
}

extension Array where Element: Equatable {
    fileprivate func hasSuffix(_ end: some BidirectionalCollection<Element>) -> Bool {
        count >= end.count && suffix(end.count).elementsEqual(end)
    }
}
