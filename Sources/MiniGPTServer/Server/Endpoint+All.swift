import Hummingbird
import MiniGPT

extension Endpoint {
    /// Everything the server answers to, but for the files of the page.
    static let all: [Endpoint] = {
        let endpoints = openAI + llamaCpp + playground
        return endpoints + [
            get("/openapi.json", "About", "This description.") { _ in
                Response(json: OpenAPI.description(of: Endpoint.all))
            }
        ]
    }()

    private static let openAI: [Endpoint] = [
        get("/v1/models", "OpenAI", "The models there are.", ModelEndpoints.list),
        post(
            "/v1/completions", "OpenAI", "Continues texts.", body: Schemas.completion,
            answers: Schemas.jsonOrEvents, CompletionsEndpoint.handler),
        post(
            "/v1/chat/completions", "OpenAI", "Continues a conversation.", body: Schemas.chat,
            answers: Schemas.jsonOrEvents, ChatEndpoint.handler),
        post(
            "/v1/embeddings", "OpenAI",
            "The mean of what the model knows at every position, just before the head.",
            body: Schemas.embedding, ModelEndpoints.embeddings),
    ]

    private static let llamaCpp: [Endpoint] = [
        post(
            "/completion", "llama.cpp", "Continues a text.", body: Schemas.llamaCompletion,
            answers: Schemas.jsonOrEvents, LlamaCompletion.handler),
        post(
            "/tokenize", "llama.cpp", "The tokens of a text.", body: Schemas.tokenize,
            LlamaTools.tokenize),
        post(
            "/detokenize", "llama.cpp", "The text of tokens.", body: Schemas.detokenize,
            LlamaTools.detokenize),
        get("/health", "llama.cpp", "Whether the server answers.", LlamaTools.health),
        get("/props", "llama.cpp", "The server's defaults.", LlamaTools.props),
        get(
            "/metrics", "llama.cpp", "What the server has done, for Prometheus.",
            answers: ["text/plain": ["type": "string"]], LlamaTools.metrics),
    ]

    private static let playground: [Endpoint] = [
        get("/api/models", "Page", "The models there are, with their sizes.", ModelChoice.list),
        post(
            "/api/model", "Page", "Chooses the model of requests that name none.",
            body: Schemas.model, ModelChoice.choose),
        post(
            "/api/tokens", "Page", "A text in its tokens.", body: Schemas.plainText,
            ModelChoice.tokens),
        post(
            "/api/generate", "Page", "A text as it grows, token by token.",
            body: Schemas.generate, answers: Schemas.events, GenerateEndpoint.handler),
        post(
            "/api/next", "Page", "What each stage of the sampler leaves of the next token's odds.",
            body: Schemas.next, InsightEndpoints.next),
        post(
            "/api/attention", "Page", "Who looks at whom, in the heads of a layer.",
            body: Schemas.attention, InsightEndpoints.attention),
        post(
            "/api/lens", "Page", "What the model would say if it ended after each layer.",
            body: Schemas.lens, InsightEndpoints.lens),
        post(
            "/api/neighbors", "Page", "The tokens whose embeddings are most alike.",
            body: Schemas.neighbors, EmbeddingEndpoints.neighbors),
        post(
            "/api/map", "Page", "Tokens on a map of the embedding.", body: Schemas.map,
            EmbeddingEndpoints.map),
        post(
            "/api/pipeline", "Page", "The whole way from a text to the next token, in numbers.",
            body: Schemas.tokensOrText, PipelineEndpoint.handler),
        post(
            "/api/compare", "Page", "One prompt through several models.", body: Schemas.compare,
            answers: Schemas.events, CompareEndpoint.handler),
        get("/api/runs", "Page", "The trainings of the project.", RunEndpoints.list),
        post(
            "/api/runs", "Page", "Starts a training.", body: Schemas.run, RunEndpoints.start),
        post(
            "/api/run/stop", "Page", "Asks a training to save and stop.", body: Schemas.runName,
            RunEndpoints.stop),
        post(
            "/api/run/metrics", "Page", "The steps of a training after a step.",
            body: Schemas.runMetrics, RunEndpoints.metrics),
    ]
}
