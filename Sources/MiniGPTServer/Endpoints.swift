import Hummingbird

extension Service {
    /// Everything the server answers to, but for the files of the page: the dialects it speaks, and
    /// the description of all of them.
    var endpoints: [Endpoint] {
        let dialects = openAIEndpoints + llamaCppEndpoints + playgroundEndpoints
        return dialects + [description(of: dialects)]
    }

    /// `/openapi.json`, which is among what it describes.
    private func description(of others: [Endpoint]) -> Endpoint {
        get("/openapi.json", "About", "This description.") { _ in
            Response(json: OpenAPI.description(of: others + [description(of: others)]))
        }
    }
}
