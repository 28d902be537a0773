import MiniGPT
import MiniSupport

/// The pieces of which the JSON Schemas of requests and answers are made.
enum Schema {
    static let text: JSONNode = ["type": "string"]
    static let flag: JSONNode = ["type": "boolean"]
    static let integer: JSONNode = ["type": "integer"]
    static let number: JSONNode = ["type": "number"]
    static let tokens: JSONNode = ["type": "array", "items": ["type": "integer"]]
    static let texts: JSONNode = [
        "oneOf": [["type": "string"], ["type": "array", "items": ["type": "string"]]]
    ]
    /// The turns of a conversation.
    static let message = object(
        [
            ("role", choice(["system", "developer", "user", "assistant"])),
            ("content", ["oneOf": [text, ["type": "array"]]]),
        ], required: ["role", "content"])

    static func number(_ range: ClosedRange<Double>) -> JSONNode {
        [
            "type": "number", "minimum": .real(range.lowerBound),
            "maximum": .real(range.upperBound),
        ]
    }

    static func choice(_ values: [String]) -> JSONNode {
        ["type": "string", "enum": .array(values.map { .string($0) })]
    }

    static func object(
        _ properties: [(key: String, value: JSONNode)], required: [String] = []
    ) -> JSONNode {
        let schema: JSONNode = ["type": "object", "properties": .object(JSONMembers(properties))]
        return required.isEmpty
            ? schema : schema.with("required", .array(required.map { .string($0) }))
    }

    // MARK: Answers

    static let json: [String: JSONNode] = ["application/json": ["type": "object"]]
    static let events: [String: JSONNode] = ["text/event-stream": ["type": "string"]]
    static let jsonOrEvents: [String: JSONNode] = [
        "application/json": ["type": "object"], "text/event-stream": ["type": "string"],
    ]
    static let error = object(
        [
            (
                "error",
                object(
                    [
                        ("message", text), ("type", text),
                        ("param", ["type": ["string", "null"]]),
                        ("code", ["type": ["string", "null"]]),
                    ], required: ["message", "type"])
            )
        ], required: ["error"])
}
