import Foundation
import MiniGPT
import Testing

@Suite struct BeamSearchTests {
    private func gpt2() throws -> GPT {
        let config = try #require(
            Bundle.module.url(forResource: "Goldens/Interchange/gpt2/config", withExtension: "json")
        )
        return try GPT(huggingFace: config.deletingLastPathComponent())
    }

    @Test("beams, scores and order are those of transformers")
    func againstTransformers() throws {
        let url = try #require(
            Bundle.module.url(forResource: "Goldens/Sampling/beams", withExtension: "json"))
        let cases = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [[String: Any]])
        let predictor = FullForwardPredictor(try gpt2())
        #expect(cases.count >= 20)
        for test in cases {
            let stopping: BeamSearch.Stopping =
                switch try #require(test["stopping"] as? String) {
                case "whenFull": .whenFull
                case "never": .never
                default: .heuristic
                }
            let search = try BeamSearch(
                beams: try #require(test["beams"] as? Int),
                maximumTokens: try #require(test["maximumTokens"] as? Int),
                lengthPenalty: try #require(test["lengthPenalty"] as? NSNumber).floatValue,
                stopping: stopping)
            let found = try search.search(
                predictor, prompt: try tokens(test["prompt"]),
                endTokens: Set(try tokens(test["endTokens"])))
            let expected = try #require(test["found"] as? [[String: Any]])
            let title = "\(search) \(test["endTokens"] ?? "")"
            #expect(
                try found.map(\.tokens) == expected.map { try tokens($0["tokens"]) }, "\(title)")
            for (beam, reference) in zip(found, expected) {
                let score = try #require(reference["score"] as? NSNumber).floatValue
                #expect(abs(beam.score - score) <= 1e-4 * max(1, abs(score)), "\(title)")
            }
        }
    }

    @Test("one beam is greedy; what does not fit the context or make sense is refused")
    func limits() throws {
        let predictor = FullForwardPredictor(try gpt2())
        let beams = try BeamSearch(beams: 1, maximumTokens: 10).search(
            predictor, prompt: [4, 5], endTokens: [])
        let greedy = Array(
            TokenSequence(predictor, prompt: [4, 5], sampler: .greedy, seed: 1).prefix(10))
        #expect(beams.map(\.tokens) == [greedy])
        #expect(throws: GenerationParameterError.self) {
            try BeamSearch(beams: 0, maximumTokens: 1)
        }
        #expect(throws: GenerationParameterError.self) {
            try BeamSearch(beams: 2, maximumTokens: 5, lengthPenalty: .nan)
        }
        #expect(throws: GenerationParameterError.self) {
            try BeamSearch(beams: 2, maximumTokens: 23).search(
                predictor, prompt: [4, 5], endTokens: [])
        }
    }
}
