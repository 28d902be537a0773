import MiniGPT

extension Schema {
    /// The JSON Schemas of what llama.cpp's endpoints take.
    enum LlamaCpp {
        static let completion = object(
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
    }
}
