import MiniGPT
import MiniSupport

extension Schema {
    /// The JSON Schemas of what OpenAI's endpoints take.
    enum OpenAI {
        private static let common: [(key: String, value: JSONNode)] = [
            ("model", text), ("stream", flag),
            ("stream_options", object([("include_usage", flag)])), ("n", integer), ("stop", texts),
            ("seed", integer), ("max_tokens", integer), ("max_completion_tokens", integer),
            ("temperature", number(0...2)), ("top_p", number(0...1)), ("top_k", integer),
            ("min_p", number(0...1)), ("repetition_penalty", number),
            ("frequency_penalty", number(-2...2)), ("presence_penalty", number(-2...2)),
            ("logit_bias", ["type": "object", "additionalProperties": number(-100...100)]),
            (
                "response_format",
                object(
                    [
                        ("type", choice(["text", "json_object", "json_schema"])),
                        ("json_schema", object([("name", text), ("schema", ["type": "object"])])),
                    ], required: ["type"])
            ), ("grammar", text),
        ]

        static let completion = object(
            common + [
                ("prompt", ["oneOf": [texts, tokens, ["type": "array", "items": tokens]]]),
                ("logprobs", ["type": "integer", "minimum": 0, "maximum": 20]), ("echo", flag),
            ])

        static let chat = object(
            common + [
                ("messages", ["type": "array", "minItems": 1, "items": message]),
                ("logprobs", flag),
                ("top_logprobs", ["type": "integer", "minimum": 0, "maximum": 20]),
            ], required: ["messages"])

        static let embedding = object(
            [
                ("model", text), ("input", ["oneOf": [texts, tokens, ["type": "array"]]]),
                ("encoding_format", choice(["float", "base64"])), ("dimensions", integer),
            ], required: ["input"])
    }
}
