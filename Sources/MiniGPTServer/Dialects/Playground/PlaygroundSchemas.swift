import MiniGPT
import MiniSupport

extension Schema {
    /// The JSON Schemas of what the page's endpoints take.
    enum Playground {
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
                ("messages", messages), ("sampling", sampling), ("count", integer),
                ("seed", integer),
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
}
