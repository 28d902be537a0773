import MiniGPT

/// The JSON Schemas of what the endpoints take.
enum Schemas {
    private static let text: JSONNode = ["type": "string"]
    private static let flag: JSONNode = ["type": "boolean"]
    private static let integer: JSONNode = ["type": "integer"]
    private static let number: JSONNode = ["type": "number"]
    private static let tokens: JSONNode = ["type": "array", "items": ["type": "integer"]]
    private static let texts: JSONNode = [
        "oneOf": [["type": "string"], ["type": "array", "items": ["type": "string"]]]
    ]

    private static func number(_ range: ClosedRange<Double>) -> JSONNode {
        [
            "type": "number", "minimum": .real(range.lowerBound),
            "maximum": .real(range.upperBound),
        ]
    }

    private static func choice(_ values: [String]) -> JSONNode {
        ["type": "string", "enum": .array(values.map { .string($0) })]
    }

    private static func object(
        _ properties: [(key: String, value: JSONNode)], required: [String] = []
    ) -> JSONNode {
        let schema: JSONNode = ["type": "object", "properties": .object(properties)]
        return required.isEmpty
            ? schema : schema.with("required", .array(required.map { .string($0) }))
    }

    // MARK: Answers

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

    // MARK: OpenAI

    private static let message = object(
        [
            ("role", choice(["system", "developer", "user", "assistant"])),
            ("content", ["oneOf": [text, ["type": "array"]]]),
        ], required: ["role", "content"])

    private static let openAI: [(key: String, value: JSONNode)] = [
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
        openAI + [
            ("prompt", ["oneOf": [texts, tokens, ["type": "array", "items": tokens]]]),
            ("logprobs", ["type": "integer", "minimum": 0, "maximum": 20]), ("echo", flag),
        ])

    static let chat = object(
        openAI + [
            ("messages", ["type": "array", "minItems": 1, "items": message]), ("logprobs", flag),
            ("top_logprobs", ["type": "integer", "minimum": 0, "maximum": 20]),
        ], required: ["messages"])

    static let embedding = object(
        [
            ("model", text), ("input", ["oneOf": [texts, tokens, ["type": "array"]]]),
            ("encoding_format", choice(["float", "base64"])), ("dimensions", integer),
        ], required: ["input"])

    // MARK: llama.cpp

    static let llamaCompletion = object(
        [
            ("model", text), ("prompt", ["oneOf": [text, tokens]]), ("n_predict", integer),
            ("stream", flag), ("stop", texts), ("seed", integer), ("n_probs", integer),
            ("n_keep", integer), ("return_tokens", flag), ("ignore_eos", flag),
            ("temperature", number), ("dynatemp_range", number), ("dynatemp_exponent", number),
            ("top_k", integer), ("top_p", number(0...1)), ("min_p", number(0...1)),
            ("typical_p", number(0...1)), ("top_n_sigma", number), ("repeat_penalty", number),
            ("repeat_last_n", integer), ("frequency_penalty", number),
            ("presence_penalty", number), ("dry_multiplier", number), ("dry_base", number),
            ("dry_allowed_length", integer), ("dry_penalty_last_n", integer),
            ("dry_sequence_breakers", texts), ("xtc_probability", number(0...1)),
            ("xtc_threshold", number(0...1)), ("mirostat", integer), ("mirostat_tau", number),
            ("mirostat_eta", number), ("min_keep", integer), ("samplers", texts),
            ("grammar", text), ("json_schema", ["type": "object"]),
        ], required: ["prompt"])

    static let tokenize = object(
        [("model", text), ("content", text), ("with_pieces", flag)], required: ["content"])
    static let detokenize = object([("model", text), ("tokens", tokens)], required: ["tokens"])

    // MARK: The page

    private static let sampling = object([
        ("temperature", number), ("topK", integer), ("topP", number(0...1)),
        ("minP", number(0...1)), ("typicalP", number(0...1)), ("topNSigma", number),
        ("repetitionPenalty", number), ("frequencyPenalty", number),
        ("presencePenalty", number), ("penaltyWindow", integer), ("dryMultiplier", number),
        ("xtcProbability", number(0...1)), ("xtcThreshold", number(0...1)),
        ("mirostatTarget", number), ("mirostatRate", number),
        ("order", ["type": "array", "items": text]),
    ])
    private static let messages: JSONNode = ["type": "array", "items": message]
    private static let input: [(key: String, value: JSONNode)] = [
        ("model", text), ("text", text), ("tokens", tokens),
    ]
    private static let making: [(key: String, value: JSONNode)] = [
        ("prompt", text), ("tokens", tokens), ("messages", messages), ("sampling", sampling),
        ("maximumTokens", integer), ("seed", integer), ("stop", texts),
    ]

    static let model = object([("id", text)], required: ["id"])
    static let plainText = object([("model", text), ("text", text)], required: ["text"])
    static let tokensOrText = object(input)
    static let generate = object(
        [("model", text)] + making + [("alternatives", integer), ("stages", flag)])
    static let next = object(
        input + [
            ("messages", messages), ("sampling", sampling), ("count", integer), ("seed", integer),
        ])
    static let attention = object(input + [("layer", integer), ("head", integer)])
    static let lens = object(input + [("count", integer)])
    static let neighbors = object(
        [("model", text), ("token", integer), ("count", integer)], required: ["token"])
    static let map = object([("model", text), ("count", integer), ("tokens", tokens)])
    static let compare = object(
        [("models", ["type": "array", "items": text])] + making, required: ["models"])
    static let run = object(
        [
            ("text", text), ("name", text), ("iterations", integer),
            ("preset", choice(["tiny", "shakespeare-char", "course"])),
        ], required: ["text"])
    static let runName = object([("name", text)], required: ["name"])
    static let runMetrics = object([("name", text), ("after", integer)], required: ["name"])
}
