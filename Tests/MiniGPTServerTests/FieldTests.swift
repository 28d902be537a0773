import MiniGPT
import MiniSupport
import Testing

@testable import MiniGPTServer

extension Server {
    @Suite("What the dialects mean by what they leave out")
    struct FieldTests {
        private static func fields(_ members: JSONNode) throws -> Fields { try Fields(members) }
        private static let tokenizer = CharacterTokenizer(alphabetOf: "abc \n:\"*")

        @Test("A bias of -100 bans a token, and one above it does not")
        func logitBias() throws {
            let fields = try Self.fields(["logit_bias": ["7": -100, "8": .number("-99.5")]])
            let bias = try fields.openAISampling(vocabularySize: 9).logitBias
            #expect(bias == [7: -.infinity, 8: -99.5])
        }

        @Test("A seed below 0 is another one each time")
        func negativeSeed() throws {
            let fields = try Self.fields(["seed": -1])
            let (first, second) = (try fields.seed(), try fields.seed())
            #expect(first != second)
            #expect(try Self.fields(["seed": 12]).seed() == 12)
        }

        @Test("llama.cpp's dialect has llama.cpp's documented defaults")
        func llamaCppDefaults() throws {
            // tools/server/README.md of llama.cpp, "POST /completion".
            var expected = SamplingParameters()
            expected.temperature = 0.8
            expected.dynamicTemperatureRange = 0
            expected.dynamicTemperatureExponent = 1
            expected.topK = 40
            expected.topP = 0.95
            expected.minP = 0.05
            expected.typicalP = 1
            expected.topNSigma = 0
            expected.repetitionPenalty = 1
            expected.frequencyPenalty = 0
            expected.presencePenalty = 0
            expected.penaltyWindow = 64
            expected.dryMultiplier = 0
            expected.dryBase = 1.75
            expected.dryAllowedLength = 2
            expected.dryWindow = nil
            expected.xtcProbability = 0
            expected.xtcThreshold = 0.1
            expected.minimumKept = 1
            #expect(try Self.fields([:]).llamaCppSampling(Self.tokenizer) == expected)
            expected.mirostatTarget = 5
            expected.mirostatRate = 0.1
            #expect(try Self.fields(["mirostat": 2]).llamaCppSampling(Self.tokenizer) == expected)
        }

        @Test("DRY has llama.cpp's four breakers unless others are given")
        func dryBreakers() throws {
            let usual = try Self.fields(["dry_multiplier": 1]).llamaCppSampling(Self.tokenizer)
            #expect(usual.dryBreakers.count == 4)
            let own = try Self.fields(["dry_multiplier": 1, "dry_sequence_breakers": ["a"]])
            #expect(try own.llamaCppSampling(Self.tokenizer).dryBreakers.count == 1)
        }
    }
}
