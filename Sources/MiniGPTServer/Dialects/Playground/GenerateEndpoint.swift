import Foundation
import Hummingbird
import MiniGPT
import MiniSupport

/// `/api/generate`: a text as it grows, with all that is known of every token.
struct GenerateEndpoint {
    static let handler: Service.Handler = { call in
        let model = try await call.model()
        let (request, stages) = try request(call, model)
        let answer = try call.service.scheduler.generate([request])
        return Response(eventsOf: answer, call) { events in
            try await events.send([
                "type": "start", "id": .string(AnswerLabel.id("gen-")),
                "seed": .integer(request.options.seed),
                "promptTokens": model.json(of: Array(request.prompt.prefix(request.promptCount))),
            ])
            for try await piece in answer.events {
                try await events.send(event(piece.event, model, stages: stages))
            }
        }
    }

    /// What the scheduler needs; and whether the stages of the sampler are to be shown.
    static func request(
        _ call: Call, _ model: LoadedModel
    ) throws(APIError) -> (GenerationRequest, stages: Bool) {
        let fields = call.fields
        var options = GenerationOptions()
        options.maximumTokens = try fields.maximumTokens(
            ["maximumTokens"], call.service.limits, else: 200)
        let input = try TokenInput(
            fields, model, text: "prompt", maximumTokens: options.maximumTokens)
        options.seed = try fields.seed()
        options.stopStrings = try fields.stops(atMost: 16)
        options.stopTokens = model.endTokens
        input.conversation?.endAnswer(&options)
        let count = try fields.integer("alternatives", in: 0...100) ?? 0
        let stages = try fields.boolean("stages") ?? false
        options.alternatives = count
        options.stageReports = stages ? max(count, 10) : 0
        options.timeLimit = .seconds(call.service.limits.seconds)
        options.constraint = try AnswerFormat(fields, model).constraint()
        let request = GenerationRequest(
            model: model, prompt: model.prompt(input.tokens), promptCount: input.tokens.count,
            sampler: try fields.playgroundChain(), options: options)
        return (request, stages)
    }

    /// An event as the page gets it.
    private static func event(
        _ event: GenerationEvent, _ model: LoadedModel, stages: Bool
    ) -> JSONNode {
        switch event {
        case .text(let text): ["type": "text", "text": .string(text)]
        case .finished(let summary): finished(summary)
        case .token(let token): self.token(token, model, stages: stages)
        }
    }

    private static func token(
        _ token: GeneratedToken, _ model: LoadedModel, stages: Bool
    ) -> JSONNode {
        let alternatives = token.alternatives.map {
            model.json($0.token, exponential($0.logProbability))
        }
        var json: JSONNode = ["type": "token", "id": .integer(token.token)]
        json = json.with("text", .string(model.text(of: token.token)))
        json = json.with("probability", .real(exponential(token.logProbability)))
        json = json.with("logProbability", .real(token.logProbability))
        json = json.with("alternatives", .array(alternatives))
        guard stages else { return json }
        if !token.stages.isEmpty { return json.with("stages", .array(model.json(token.stages))) }
        // Without stages the model's own distribution is what is drawn from.
        let own: JSONNode = [
            "name": "model", "kept": .integer(model.vocabularySize),
            "candidates": .array(alternatives),
        ]
        return json.with("stages", [own])
    }

    static func finished(_ summary: GenerationSummary) -> JSONNode {
        [
            "type": "finished", "reason": .string(summary.stopReason.rawValue),
            "promptTokens": .integer(summary.promptTokens), "tokens": .integer(summary.tokens),
            "tokensPerSecond": .real(summary.tokensPerSecond),
            "secondsToFirstToken": .optional(summary.secondsToFirstToken),
            "knownPromptTokens": .integer(summary.knownPromptTokens),
            "stopString": .optional(summary.stopString),
        ]
    }

    private static func exponential(_ value: Float) -> Float { Float(exp(Double(value))) }
}
