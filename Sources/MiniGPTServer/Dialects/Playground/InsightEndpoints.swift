import Hummingbird
import MiniGPT
import MiniSupport

/// What happens inside of a model: attention, the lens, the stages of the sampler.
enum InsightEndpoints {
    /// The model's distribution, and what each stage of the sampler leaves of it: with a seed, what
    /// the first token of that seed is drawn from.
    static let next: Service.Handler = { call in
        let model = try await call.model()
        let input = try TokenInput(call.fields, model)
        let tokens = model.prompt(input.tokens)
        let chain = try call.fields.playgroundChain()
        let count = try call.fields.integer("count", in: 1...1_000) ?? 10
        let seed = try call.fields.seed()
        let stages = try await call.service.insights.perform { () -> [JSONNode] in
            var predictor = model.predictor()
            predictor.read(tokens.suffix(predictor.contextLength))
            let reports = chain.report(
                predictor.logits, after: TokenHistory(prompt: tokens), limit: count,
                using: SplitMix64(seed: seed))
            if !reports.isEmpty { return model.json(reports) }
            let own = TokenDistribution(Candidates(predictor.logits), limit: count)
            return [model.json("model", own)]
        }
        return Response(json: ["stages": .array(stages)])
    }

    /// Who looks at whom, in the heads of one layer.
    static let attention: Service.Handler = { call in
        let model = try await call.model()
        let tokens = try TokenInput(call.fields, model).few(atMost: 256)
        guard let sizes = model.entry.outline?.transformer else {
            throw model.cannotShow("attention")
        }
        let layer = try call.fields.integer("layer", in: 0...sizes.layers - 1) ?? 0
        let head = try call.fields.integer("head", in: 0...sizes.heads - 1)
        let heads = try await call.service.insights.perform { () -> [JSONNode] in
            let weights = try model.attentive().attentionWeights(of: tokens, layer: layer)
            return (head.map { [$0] } ?? Array(0..<weights.dim(0))).map { head in
                let rows = weights[head].scalars
                return .numbers(
                    (0..<tokens.count).map { rows[$0 * tokens.count..<($0 + 1) * tokens.count] })
            }
        }
        return Response(
            json: [
                "tokens": model.json(of: tokens), "layer": .integer(layer),
                "head": .optional(head), "heads": .array(heads),
            ])
    }

    /// What the model would say if it ended after each layer.
    static let lens: Service.Handler = { call in
        let model = try await call.model()
        let tokens = try TokenInput(call.fields, model).few(atMost: 128)
        let count = try call.fields.integer("count", in: 1...20) ?? 5
        let layers = try await call.service.insights.perform { () -> [JSONNode] in
            let inside = try model.inspectable(for: "layers")
            return inside.residualStreams(of: tokens).enumerated().map { index, stream in
                let logits = inside.logits(of: inside.normalizedForHead(stream))
                let positions = (0..<tokens.count).map { position -> JSONNode in
                    let candidates = Candidates(logits[position].scalars)
                    let top = TokenDistribution(candidates, limit: count).top
                    return .array(top.map { model.json($0.token, $0.probability) })
                }
                return [
                    "name": .string(index == 0 ? "embedding" : "block \(index)"),
                    "positions": .array(positions),
                ]
            }
        }
        return Response(json: ["tokens": model.json(of: tokens), "layers": .array(layers)])
    }
}
