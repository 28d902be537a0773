import Foundation
import HTTPTypes
import MiniGPT
import MiniSupport

/// The description of the server in OpenAPI 3.1, made of the table that answers.
enum OpenAPI {
    static func description(of endpoints: [Endpoint]) -> JSONNode {
        var paths: [(key: String, value: JSONNode)] = []
        for endpoint in endpoints {
            let operation = (endpoint.method.rawValue.lowercased(), operation(endpoint))
            if let index = paths.firstIndex(where: { $0.key == endpoint.path }) {
                paths[index].value = paths[index].value.with(operation.0, operation.1)
            } else {
                paths.append((endpoint.path, .object(JSONMembers([operation]))))
            }
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "MiniGPT", "version": "1",
                "description":
                    "A server for small GPTs: OpenAI's and llama.cpp's endpoints, and those of its page.",
            ],
            "paths": .object(JSONMembers(paths)),
            "components": [
                "schemas": ["Error": Schema.error],
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
            ],
        ]
    }

    private static func operation(_ endpoint: Endpoint) -> JSONNode {
        let answers = endpoint.answers.sorted { $0.key < $1.key }
            .map { ($0.key, ["schema": $0.value] as JSONNode) }
        let mistake: JSONNode = [
            "description": "What is wrong, in a sentence.",
            "content": [
                "application/json": ["schema": ["$ref": "#/components/schemas/Error"]]
            ],
        ]
        let operation: JSONNode = [
            "tags": [.string(endpoint.group)], "summary": .string(endpoint.summary),
            "operationId": .string(name(endpoint)),
            "responses": [
                "200": ["description": "The answer.", "content": .object(JSONMembers(answers))],
                "default": mistake,
            ],
        ]
        let body = endpoint.body.map { schema -> JSONNode in
            ["required": true, "content": ["application/json": ["schema": schema]]]
        }
        return operation.with("requestBody", body)
    }

    /// `postApiGenerate`
    private static func name(_ endpoint: Endpoint) -> String {
        let words = endpoint.path.split { !$0.isLetter && !$0.isNumber }
        return endpoint.method.rawValue.lowercased() + words.map { $0.capitalized }.joined()
    }
}
