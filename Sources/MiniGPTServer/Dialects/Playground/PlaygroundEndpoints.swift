extension Service {
    /// The page's own endpoints.
    var playgroundEndpoints: [Endpoint] {
        [
            get("/api/models", "Page", "The models there are, with their sizes.", ModelChoice.list),
            post(
                "/api/model", "Page", "Chooses the model of requests that name none.",
                body: Schema.Playground.model, ModelChoice.choose),
            post(
                "/api/tokens", "Page", "A text in its tokens.", body: Schema.Playground.plainText,
                ModelChoice.tokens),
            post(
                "/api/generate", "Page", "A text as it grows, token by token.",
                body: Schema.Playground.generate, answers: Schema.events, GenerateEndpoint.handler),
            post(
                "/api/next", "Page",
                "What each stage of the sampler leaves of the next token's odds.",
                body: Schema.Playground.next, InsightEndpoints.next),
            post(
                "/api/attention", "Page", "Who looks at whom, in the heads of a layer.",
                body: Schema.Playground.attention, InsightEndpoints.attention),
            post(
                "/api/lens", "Page", "What the model would say if it ended after each layer.",
                body: Schema.Playground.lens, InsightEndpoints.lens),
            post(
                "/api/neighbors", "Page", "The tokens whose embeddings are most alike.",
                body: Schema.Playground.neighbors, EmbeddingEndpoints.neighbors),
            post(
                "/api/map", "Page", "Tokens on a map of the embedding.",
                body: Schema.Playground.map,
                EmbeddingEndpoints.map),
            post(
                "/api/pipeline", "Page", "The whole way from a text to the next token, in numbers.",
                body: Schema.Playground.tokensOrText, PipelineEndpoint.handler),
            post(
                "/api/compare", "Page", "One prompt through several models.",
                body: Schema.Playground.compare,
                answers: Schema.events, CompareEndpoint.handler),
            get("/api/runs", "Page", "The trainings of the project.", RunEndpoints.list),
            post(
                "/api/runs", "Page", "Starts a training.", body: Schema.Playground.run,
                RunEndpoints.start),
            post(
                "/api/run/stop", "Page", "Asks a training to save and stop.",
                body: Schema.Playground.runName,
                RunEndpoints.stop),
            post(
                "/api/run/metrics", "Page", "The steps of a training after a step.",
                body: Schema.Playground.runMetrics, RunEndpoints.metrics),
        ]
    }
}
