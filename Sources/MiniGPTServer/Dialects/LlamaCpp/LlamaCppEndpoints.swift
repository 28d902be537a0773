extension Service {
    /// llama.cpp's endpoints.
    var llamaCppEndpoints: [Endpoint] {
        [
            post(
                "/completion", "llama.cpp", "Continues a text.", body: Schema.LlamaCpp.completion,
                answers: Schema.jsonOrEvents, LlamaCppCompletion.handler),
            post(
                "/tokenize", "llama.cpp", "The tokens of a text.", body: Schema.LlamaCpp.tokenize,
                LlamaCppTools.tokenize),
            post(
                "/detokenize", "llama.cpp", "The text of tokens.", body: Schema.LlamaCpp.detokenize,
                LlamaCppTools.detokenize),
            get("/health", "llama.cpp", "Whether the server answers.", LlamaCppTools.health),
            get("/props", "llama.cpp", "The server's defaults.", LlamaCppTools.props),
            get(
                "/metrics", "llama.cpp", "What the server has done, for Prometheus.",
                answers: ["text/plain": ["type": "string"]], LlamaCppTools.metrics),
        ]
    }
}
