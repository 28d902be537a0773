import Foundation
import MiniGPT
import Testing

/// Each stage against transformers and llama.cpp; `Goldens/Sampling` has the scripts.
@Suite struct SamplerGoldenTests {
    /// The stages of each case of `make_transformers.py`.
    private static let transformers: [String: [any SamplerStage]] = [
        "temperature 0.7": [Temperature(0.7)],
        "temperature 1.9": [Temperature(1.9)],
        "topK 1": [TopK(1)],
        "topK 5": [TopK(5)],
        "topK 5000": [TopK(5_000)],
        "topP 0.3": [TopP(0.3)],
        "topP 0.9": [TopP(0.9)],
        "topP 0": [TopP(0)],
        "topP 0.3 keeping 7": [TopP(0.3, minimumKept: 7)],
        "minP 0.1": [MinP(0.1)],
        "minP 0.6 keeping 4": [MinP(0.6, minimumKept: 4)],
        "minP 1": [MinP(1)],
        "typicalP 0.2": [TypicalP(0.2)],
        "typicalP 0.9": [TypicalP(0.9)],
        "typicalP 0.2 keeping 6": [TypicalP(0.2, minimumKept: 6)],
        "repetitionPenalty 1.3": [RepetitionPenalty(1.3)],
        "repetitionPenalty 0.8": [RepetitionPenalty(0.8)],
        "logitBias": [LogitBias([4: 2.5, 7: -1.25, 40: -.infinity])],
        "bannedTokens": [BannedTokens([0, 7, 30])],
        "bannedSequences": [BannedSequences([[5], [1, 12, 9], [12, 20], [40, 12, 21]])],
        "minimumLength reached": [MinimumLength(6, endTokens: [2, 9])],
        "minimumLength short": [MinimumLength(7, endTokens: [2, 9])],
        "order of Hugging Face": [
            RepetitionPenalty(1.2), BannedTokens([0, 30]), Temperature(0.7), TopK(30), TopP(0.95),
            MinP(0.02), TypicalP(0.9),
        ],
        "temperature last": [TopK(30), TopP(0.95), MinP(0.02), Temperature(0.7)],
    ]

    @Test("each stage does what transformers' does, within 1e-6 of the largest logit")
    func againstTransformers() throws {
        let file = try samplingGolden("processors")
        let history = try tokens(file["history"])
        let promptCount = try #require(file["promptCount"] as? Int)
        let given = try #require(file["logits"] as? [String: Any])
        let cases = try #require(file["cases"] as? [String: [String: Any]])
        #expect(cases.count > 50)
        #expect(
            Set(cases.values.compactMap { $0["case"] as? String }) == Set(Self.transformers.keys))
        for (name, test) in cases {
            let logits = try floats(given[try #require(test["logits"] as? String)])
            let expected = try floats(test["after"])
            let title = try #require(test["case"] as? String)
            let stages = try #require(Self.transformers[title])
            var generator = SplitMix64(seed: 1)
            let left = try SamplerChain(stages).candidates(
                logits,
                after: TokenHistory(
                    prompt: Array(history[..<promptCount]), made: Array(history[promptCount...])),
                using: &generator)
            var actual = [Float](repeating: -.infinity, count: logits.count)
            for candidate in left.entries { actual[Int(candidate.token)] = candidate.logit }
            for token in logits.indices {
                let isEqual =
                    actual[token] == expected[token]
                    || abs(actual[token] - expected[token]) <= 1e-6 * max(1, abs(expected[token]))
                #expect(isEqual, "\(name), token \(token): \(actual[token]), \(expected[token])")
            }
        }
    }

    private static func stages(
        _ name: String, _ p: [Float], _ tokenizer: PieceTokenizer
    ) -> [any SamplerStage] {
        switch name {
        case "topNSigma": [TopNSigma(p[0])]
        case "xtc": [XTC(probability: p[0], threshold: p[1])]
        case "dynamicTemperature": [DynamicTemperature(p[0], range: p[1], exponent: p[2])]
        case "temperature": [Temperature(p[0])]
        case "topK": [TopK(Int(p[0]))]
        case "topP": [TopP(p[0])]
        case "minP": [MinP(p[0])]
        case "typicalP": [TypicalP(p[0])]
        case "penalties":
            [
                RepetitionPenalty(p[1], window: Int(p[0])),
                FrequencyPenalty(p[2], window: Int(p[0])),
                PresencePenalty(p[3], window: Int(p[0])),
            ]
        case "dry":
            [
                DRY(
                    multiplier: p[0], base: p[1], allowedLength: Int(p[2]), window: Int(p[3]),
                    breakers: DRY.breakers(
                        p[4...].map {
                            String(decoding: tokenizer.pieces[Int($0)], as: UTF8.self)
                        }, tokenizer: tokenizer))
            ]
        default: preconditionFailure("There is no stage \(name).")
        }
    }

    static func llamaCppVocabulary() throws -> PieceTokenizer {
        let pieces = try #require(try samplingGolden("grammars")["vocabulary"] as? [String])
        return PieceTokenizer(
            bytes: pieces.map { piece in
                let digits = Array(piece.utf8)
                return stride(from: 0, to: digits.count, by: 2).compactMap {
                    UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
                }
            })
    }

    @Test("each stage does what llama.cpp's does, within 1e-5")
    func againstLlamaCpp() throws {
        let file = try samplingGolden("llamacpp")
        let tokenizer = try Self.llamaCppVocabulary()
        let cases = try #require(file["cases"] as? [[String: Any]])
        #expect(cases.count > 70)
        for test in cases {
            let name = try #require(test["stage"] as? String)
            let parameters = try floats(test["parameters"])
            let logits = try floats(file[try #require(test["logits"] as? String)])
            let history = TokenHistory(prompt: try tokens(test["history"]))
            var generator = SplitMix64(seed: 1)
            let left = try SamplerChain(Self.stages(name, parameters, tokenizer))
                .candidates(logits, after: history, using: &generator)
                .entries.sorted { $0.token < $1.token }
            let expected = try #require(test["left"] as? [[NSNumber]])
            let title = "\(name) \(parameters) \(test["history"] ?? "")"
            try #require(
                left.map(\.token) == expected.map { $0[0].int32Value }, "\(title)")
            for (entry, reference) in zip(left, expected) {
                #expect(abs(entry.logit - reference[1].floatValue) <= 1e-5, "\(title)")
            }
        }
    }

    @Test("mirostat keeps the same candidates as llama.cpp's, step after step")
    func mirostat() throws {
        let file = try samplingGolden("llamacpp")
        let wide = try floats(file["wide"])
        var generator = SplitMix64(seed: 1)
        for run in try #require(file["mirostat"] as? [[String: Any]]) {
            let target = try #require(run["target"] as? NSNumber).floatValue
            let rate = try #require(run["rate"] as? NSNumber).floatValue
            var stage = Mirostat(target: target, rate: rate)
            for (step, expected) in try #require(run["steps"] as? [[String: Any]]).enumerated() {
                let shift = wide.count - step
                var candidates = Candidates(wide.indices.map { wide[($0 + shift) % wide.count] })
                stage.apply(to: &candidates, after: TokenHistory(), using: &generator)
                #expect(
                    try candidates.entries.map(\.token).sorted()
                        == tokens(expected["left"]).sorted(),
                    "target \(target), step \(step)")
                let chosen = try #require(expected["chosen"] as? NSNumber).int32Value
                let share = zip(candidates.entries, candidates.probabilities()).first {
                    $0.0.token == chosen
                }
                stage.observe(chosen, probability: try #require(share).1)
            }
        }
    }
}
