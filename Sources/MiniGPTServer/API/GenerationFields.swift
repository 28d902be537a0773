import MiniGPT

// What every dialect says about a text in the same words.

extension Fields {
    /// The seed of a request; any if it has none. Below 0 is any as well, as in llama.cpp.
    func seed() throws(APIError) -> UInt64 {
        let seed = try integer("seed", in: -1...Int.max) ?? -1
        // What is shown to a script must survive as a number of 53 bits.
        return seed < 0 ? UInt64.random(in: 0..<(1 << 53)) : UInt64(seed)
    }

    /// The texts that end an answer.
    func stops(atMost count: Int) throws(APIError) -> [String] {
        let stops = try strings("stop", atMost: count) ?? []
        guard stops.count <= count, stops.allSatisfy({ (1...1_024).contains($0.utf8.count) }) else {
            throw .parameter(
                "stop", "'stop' must be at most \(count) texts of 1 to 1024 bytes each.")
        }
        return stops
    }

    /// The tokens an answer may have, by the first of these names that is there.
    func maximumTokens(
        _ names: [String], _ limits: AnswerLimits, else standard: Int
    ) throws(APIError) -> Int {
        for name in names {
            if let count = try integer(name, in: 0...limits.tokens) { return count }
        }
        return min(standard, limits.tokens)
    }
}

extension LoadedModel {
    /// The tokens of a text that came in a request.
    func tokens(of text: String) throws(APIError) -> [Int32] {
        do {
            return try tokenizer.encode(text)
        } catch {
            throw APIError(error)
        }
    }

    /// What a prompt of a request begins with, if it has no tokens.
    func prompt(_ tokens: [Int32]) -> [Int32] { tokens.isEmpty ? [startToken] : tokens }
}
