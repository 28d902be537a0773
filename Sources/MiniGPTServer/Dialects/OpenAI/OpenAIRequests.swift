import HTTPTypes
import MiniGPT

/// Makes what the scheduler needs from what OpenAI's endpoints have in common.
struct OpenAIRequests {
    private let call: Call
    private let model: LoadedModel

    init(_ call: Call, _ model: LoadedModel) {
        self.call = call
        self.model = model
    }

    /// `n` continuations of each prompt; the second of a prompt has the next seed, and so on.
    func requests(
        _ prompts: [[Int32]], _ common: GenerationOptions
    ) throws(APIError) -> [GenerationRequest] {
        let fields = call.fields
        let parameters = try fields.openAISampling(
            vocabularySize: model.vocabularySize)
        let sampler = try parameters.requestedChain(.huggingFace)
        let copies = try fields.integer("n", in: 1...16) ?? 1
        var options = common
        options.constraint = try AnswerFormat(fields, model).constraint()
        options.timeLimit = .seconds(call.service.limits.seconds)
        let seed = try fields.seed()
        var requests: [GenerationRequest] = []
        for prompt in prompts {
            try requireFits(prompt)
            for copy in 0..<copies {
                options.seed = seed &+ UInt64(copy)
                requests.append(
                    GenerationRequest(
                        model: model, prompt: model.prompt(prompt),
                        promptCount: prompt.count, sampler: sampler, options: options))
            }
        }
        return requests
    }

    private func requireFits(_ prompt: [Int32]) throws(APIError) {
        let limit = model.contextLength
        guard prompt.count <= limit else {
            throw APIError(
                .badRequest,
                "This model's maximum context length is \(limit) tokens, but the prompt has \(prompt.count).",
                parameter: "messages", code: "context_length_exceeded")
        }
    }
}
