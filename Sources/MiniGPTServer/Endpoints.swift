import Hummingbird

extension Service {
    /// Everything the server answers to, but for the files of the page: the dialects it speaks, and
    /// the description of all of them.
    var endpoints: [Endpoint] {
        let dialects = openAIEndpoints + llamaCppEndpoints + playgroundEndpoints
        let about = get("/openapi.json", "About", "This description.") { _ in
            Response(json: OpenAPI.description(of: dialects))
        }
        return dialects + [about]
    }
}
