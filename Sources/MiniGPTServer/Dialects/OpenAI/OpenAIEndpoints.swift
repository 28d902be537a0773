extension Service {
    /// OpenAI's endpoints.
    var openAIEndpoints: [Endpoint] {
        [
            get("/v1/models", "OpenAI", "The models there are.", ModelEndpoints.list),
            post(
                "/v1/completions", "OpenAI", "Continues texts.", body: Schema.OpenAI.completion,
                answers: Schema.jsonOrEvents, CompletionsEndpoint.handler),
            post(
                "/v1/chat/completions", "OpenAI", "Continues a conversation.",
                body: Schema.OpenAI.chat,
                answers: Schema.jsonOrEvents, ChatEndpoint.handler),
            post(
                "/v1/embeddings", "OpenAI",
                "The mean of what the model knows at every position, just before the head.",
                body: Schema.OpenAI.embedding, ModelEndpoints.embeddings),
        ]
    }
}
