import MiniGPT
import MiniSupport

extension LoadedModel {
    /// Tokens as the page shows them, with the bytes of the text they stand for.
    func json(of tokens: [Int32]) -> JSONNode {
        var start = 0
        var list: [JSONNode] = []
        list.reserveCapacity(tokens.count)
        for token in tokens {
            let bytes = bytes(of: token)
            let isSpecial = tokenizer.isSpecial(token)
            list.append([
                "id": .integer(token), "text": .text(of: bytes),
                "bytes": .list(of: bytes), "start": .integer(start),
                "end": .integer(start + bytes.count), "isSpecial": .boolean(isSpecial),
            ])
            start += bytes.count
        }
        return .array(list)
    }

    /// A token that could come, and how probable it is.
    func json(_ token: Int32, _ probability: Float) -> JSONNode {
        [
            "id": .integer(token), "text": .string(text(of: token)),
            "probability": .real(probability),
        ]
    }

    /// A distribution as the page shows it.
    func json(_ name: String, _ distribution: TokenDistribution) -> JSONNode {
        [
            "name": .string(name), "kept": .integer(distribution.count),
            "candidates": .array(distribution.top.map { json($0.token, $0.probability) }),
        ]
    }

    /// The model's distribution, and what each stage left of it.
    func json(_ reports: [StageReport]) -> [JSONNode] {
        guard let first = reports.first else { return [] }
        return [json("model", first.before)]
            + reports.map { json($0.stage.rawValue, $0.after) }
    }
}
