import Foundation
import MiniGPT
import Testing

@Suite struct SamplerTests {
    private static let logits: [Float] = {
        var generator = SplitMix64(seed: 3)
        return (0..<50).map { _ in generator.nextNormalPair().0 * 1.5 }
    }()

    private static let chains: [[any SamplerStage]] = [
        [], [Temperature(0.6)], [Temperature(1.7)], [TopK(7)], [TopP(0.8)], [MinP(0.1)],
        [TypicalP(0.7)], [TopNSigma(1)], [RepetitionPenalty(1.4)], [FrequencyPenalty(0.5)],
        [PresencePenalty(0.8)], [DRY(multiplier: 1, allowedLength: 1)],
        [XTC(probability: 1, threshold: 0.05)], [Mirostat(target: 3)], [LogitBias([3: 2, 4: -2])],
        [BannedTokens([1, 2])], [DynamicTemperature(0.8, range: 0.5)],
        [TopK(20), TopP(0.9), MinP(0.02), Temperature(0.8)],
    ]

    /// The 0.9999 quantile of χ² with that many degrees of freedom (Wilson and Hilferty 1931).
    private func limit(_ freedom: Double) -> Double {
        let a = 2 / (9 * freedom)
        return freedom * pow(1 - a + 3.719 * a.squareRoot(), 3)
    }

    @Test("100,000 draws of every stage follow its distribution (chi-square, 1 in 10,000)")
    func draws() throws {
        let history = TokenHistory(prompt: [5, 6, 7, 5, 6], made: [9, 5, 6])
        for (index, stages) in Self.chains.enumerated() {
            var generator = SplitMix64(seed: UInt64(100 + index))
            let chain = try SamplerChain(stages)
            let left = chain.candidates(Self.logits, after: history, using: &generator)
            var expected: [Int32: Double] = [:]
            for (entry, p) in zip(left.entries, left.probabilities()) {
                expected[entry.token] = Double(p) * 100_000
            }
            // The chain draws from what its stages leave, with the same random numbers.
            for _ in 0..<100 {
                var (chain, copy) = (chain, generator)
                let candidates = chain.candidates(Self.logits, after: history, using: &copy)
                let expected = candidates.draw(using: &copy).token
                let token = chain.sample(Self.logits, after: history, using: &generator)
                #expect(token == expected && copy == generator, "chain \(index)")
            }
            var counts: [Int32: Double] = [:]
            for _ in 0..<100_000 {
                counts[left.draw(using: &generator).token, default: 0] += 1
            }
            #expect(Set(counts.keys).isSubset(of: expected.keys), "chain \(index)")
            // What is expected fewer than five times counts as one class.
            var (statistic, freedom, rareCount, rareExpected) = (0.0, -1.0, 0.0, 0.0)
            for (token, mean) in expected {
                let count = counts[token] ?? 0
                if mean < 5 {
                    rareCount += count
                    rareExpected += mean
                } else {
                    statistic += (count - mean) * (count - mean) / mean
                    freedom += 1
                }
            }
            if rareExpected > 0 {
                let difference = rareCount - rareExpected
                statistic += difference * difference / rareExpected
                freedom += 1
            }
            #expect(freedom < 1 || statistic < limit(freedom), "chain \(index): \(statistic)")
        }
    }

    @Test("XTC acts as often as its probability says")
    func xtcChance() throws {
        var generator = SplitMix64(seed: 5)
        let chain = try SamplerChain([XTC(probability: 0.3, threshold: 0.1)])
        let logits: [Float] = [3, 2.9, 2.8, 0]
        var acted = 0.0
        for _ in 0..<100_000 where chain.candidates(logits, using: &generator).count < 4 {
            acted += 1
        }
        #expect(abs(acted - 30_000) < 5 * (100_000 * 0.3 * 0.7).squareRoot())
    }

    @Test("partial sorting finds what sorting all finds, with equals and in any order")
    func partialSorting() {
        var generator = SplitMix64(seed: 8)
        for size in [1, 2, 3, 10, 100, 3_000] {
            for kind in 0..<4 {
                let logits: [Float] = (0..<size).map { index in
                    switch kind {
                    case 0: generator.nextUniform()
                    case 1: Float(generator.next() % 5)
                    case 2: Float(index)
                    default: 1
                    }
                }
                let sorted = logits.indices.sorted {
                    logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1
                }
                for count in [1, 2, 7, size / 2 + 1, size, size + 5] {
                    var candidates = Candidates(logits)
                    candidates.sortFirst(count / 2)
                    candidates.sortFirst(count)
                    let kept = candidates.entries.prefix(count).map { Int($0.token) }
                    #expect(kept == Array(sorted.prefix(count)))
                    candidates.keepLargest(count)
                    #expect(candidates.count == min(count, size))
                    #expect(candidates.best.token == Int32(sorted[0]))
                }
            }
        }
    }

    @Test("top-k of 0, a penalty of 1 and their like are off")
    func off() throws {
        let history = TokenHistory(prompt: [1, 2, 1, 2])
        let stages: [any SamplerStage] = [
            TopK(0), TopP(1), MinP(0), TypicalP(1), TopNSigma(0), Temperature(1),
            RepetitionPenalty(1), RepetitionPenalty(1.5, window: 0), FrequencyPenalty(0),
            PresencePenalty(0), DRY(multiplier: 0), XTC(probability: 0), LogitBias([:]),
            BannedTokens([]), BannedSequences([]), MinimumLength(0, endTokens: [1]),
            DynamicTemperature(1, range: 0),
        ]
        for stage in stages {
            var generator = SplitMix64(seed: 1)
            let left = try SamplerChain([stage]).candidates(
                Self.logits, after: history, using: &generator)
            #expect(stage.isOff)
            #expect(left.entries.map(\.logit) == Self.logits, "\(stage.name)")
            #expect(generator == SplitMix64(seed: 1), "\(stage.name) uses chance")
        }
        #expect(try SamplingParameters().chain().stages.isEmpty)
    }

    @Test("when everything is filtered away, the likeliest token is left")
    func nothingLeft() throws {
        var generator = SplitMix64(seed: 1)
        let all = BannedTokens(Set(0..<50))
        let best = GreedySampler().sample(Self.logits, using: &generator)
        for stages: [any SamplerStage] in [
            [all], [TopK(3), all],
            [LogitBias(Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, -.infinity) }))],
            [MinP(1)], [TopP(0)], [TypicalP(0), TopK(1)], [TopNSigma(1e-9)],
        ] {
            let left = try SamplerChain(stages).candidates(Self.logits, using: &generator)
            #expect(left.count == 1)
            if stages.first is TypicalP { continue }
            #expect(left.entries[0].token == best)
        }
    }

    @Test("logits that are no numbers are never drawn; without any other, token 0 is")
    func strangeLogits() throws {
        var generator = SplitMix64(seed: 1)
        let chain = try SamplerChain([Temperature(0.5), TopP(0.9)])
        for _ in 0..<100 {
            #expect(chain.sample([.nan, 1, -.infinity, .nan], using: &generator) == 1)
            #expect(chain.sample([0, .infinity, 5], using: &generator) == 1)
        }
        #expect(chain.sample([.nan, .nan], using: &generator) == 0)
        #expect(chain.sample([-.infinity, -.infinity], using: &generator) == 0)
        #expect(GreedySampler().sample([.nan, 1, 2], using: &generator) == 2)
        #expect(
            CategoricalSampler(topK: 2, topP: 0.9).sample([.nan, 9, -9], using: &generator) == 1)
    }

    @Test("temperature 0 is greedy, wherever it stands")
    func temperatureZero() throws {
        let greedy = GreedySampler()
        var generator = SplitMix64(seed: 1)
        let best = greedy.sample(Self.logits, using: &generator)
        for stages: [any SamplerStage] in [
            [Temperature(0)], [Temperature(0), TopP(0.9)], [TopK(9), Temperature(0)], [Greedy()],
            [DynamicTemperature(0, range: 0)],
        ] {
            for _ in 0..<20 {
                let chain = try SamplerChain(stages)
                #expect(chain.sample(Self.logits, using: &generator) == best)
            }
        }
    }

    private static let mistakenParameters:
        [(String, @Sendable (inout SamplingParameters) -> Void)] = [
            ("temperature", { $0.temperature = .nan }), ("temperature", { $0.temperature = -1 }),
            ("temperature", { $0.temperature = .infinity }), ("topK", { $0.topK = -1 }),
            ("topP", { $0.topP = .nan }), ("topP", { $0.topP = -0.1 }), ("topP", { $0.topP = 1.1 }),
            ("minP", { $0.minP = .nan }), ("minP", { $0.minP = 2 }),
            ("typicalP", { $0.typicalP = .nan }), ("typicalP", { $0.typicalP = -1 }),
            ("topNSigma", { $0.topNSigma = .nan }), ("topNSigma", { $0.topNSigma = -1 }),
            ("repetitionPenalty", { $0.repetitionPenalty = 0 }),
            ("repetitionPenalty", { $0.repetitionPenalty = .nan }),
            ("frequencyPenalty", { $0.frequencyPenalty = .infinity }),
            ("presencePenalty", { $0.presencePenalty = .nan }),
            ("penaltyWindow", { $0.penaltyWindow = -1 }),
            ("dryMultiplier", { $0.dryMultiplier = -1 }), ("dryBase", { $0.dryBase = 0.5 }),
            ("dryAllowedLength", { $0.dryAllowedLength = 0 }), ("dryWindow", { $0.dryWindow = -2 }),
            ("xtcProbability", { $0.xtcProbability = 1.5 }),
            ("xtcThreshold", { $0.xtcThreshold = .nan }),
            ("mirostatTarget", { $0.mirostatTarget = -1 }),
            (
                "mirostatRate",
                {
                    $0.mirostatTarget = 5
                    $0.mirostatRate = .nan
                }
            ),
            ("logitBias", { $0.logitBias = [3: .nan] }),
            ("bannedSequences", { $0.bannedSequences = [[]] }),
            ("dynamicTemperatureRange", { $0.dynamicTemperatureRange = -0.5 }),
            ("minimumKept", { $0.minimumKept = 0 }),
        ]

    @Test(
        "a parameter that cannot be used is refused by name", arguments: mistakenParameters.indices)
    func mistakes(_ index: Int) {
        let (name, change) = Self.mistakenParameters[index]
        var parameters = SamplingParameters()
        change(&parameters)
        do {
            _ = try parameters.chain(order: .llamaCpp)
            Issue.record("\(name) was accepted: \(parameters)")
        } catch {
            #expect(error.name == name)
            #expect(error.description.hasPrefix("\(name) is "))
        }
    }

    @Test("the orders of Hugging Face and llama.cpp differ where they should")
    func orders() throws {
        var parameters = SamplingParameters.llamaCpp
        #expect(
            try parameters.chain(order: .llamaCpp).stages.map(\.name)
                == [.topK, .topP, .minP, .temperature])
        #expect(
            try parameters.chain(order: .huggingFace).stages.map(\.name)
                == [.temperature, .topK, .topP, .minP])
        #expect(
            try parameters.chain(order: SamplerOrder(llamaCpp: "temperature;min_p")).stages
                .map(\.name) == [.temperature, .minP])
        #expect(throws: GenerationParameterError.self) { try SamplerOrder(llamaCpp: "top_k;magic") }
        parameters.mirostatTarget = 4
        #expect(
            try parameters.chain(order: .llamaCpp).stages.map(\.name)
                == [.temperature, .mirostat])
        #expect(try SamplingParameters.huggingFace.chain().stages.map(\.name) == [.topK])
    }

    @Test("a report has what each stage saw and left, and changes nothing")
    func reports() throws {
        let chain = try SamplerChain([TopK(5), Temperature(0.5), TopP(0.5)])
        let generator = SplitMix64(seed: 2)
        let reports = chain.report(Self.logits, limit: 3, using: generator)
        #expect(reports.map(\.stage) == [.topK, .temperature, .topP])
        #expect(reports[0].before.count == 50 && reports[0].after.count == 5)
        #expect(reports[1].before == reports[0].after && reports[2].before == reports[1].after)
        #expect(reports[1].after.entropy < reports[1].before.entropy)
        #expect(reports[0].before.top.count == 3)
        let share = reports[2].after.top.reduce(0) { $0 + $1.probability }
        #expect(reports[2].after.count > 3 || abs(share - 1) < 1e-5)
    }

    @Test("DRY's breakers are found in every way a vocabulary spells them")
    func breakers() {
        let tokenizer = PieceTokenizer(["x\n", "a:", "\"}", ":b"])
        let found = Set(DRY.breakers(["\n", "a:b"], tokenizer: tokenizer))
        #expect(found.isSuperset(of: [[10], [256], [97, 259], [257, 98]]))
        #expect(!found.contains([258]))
    }
}
