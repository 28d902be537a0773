import MiniNN
import MiniTensor

/// What another program calls the parts of a GPT.
struct NameTable: Sendable {
    /// The parts outside the blocks: `["tokenEmbedding": "wte"]`.
    let outside: [String: String]
    /// What stands before the number of a block: `h.`.
    let block: String
    /// The parts of a block: `["attention.output": "attn.c_proj"]`.
    let inside: [String: String]
    /// The parts of a block whose weights are stored as `[inputs, outputs]`.
    let transposed: Set<String>

    /// The name of a parameter: `blocks.0.attention.output.weight` → `h.0.attn.c_proj.weight`.
    func callAsFunction(_ name: String) -> ForeignName {
        let parts = name.split(separator: ".").map(String.init)
        let kind = parts.last ?? ""
        if parts.first == "blocks", parts.count > 3 {
            let part = parts[2..<parts.count - 1].joined(separator: ".")
            if let theirs = inside[part] {
                return ForeignName(
                    name: "\(block)\(parts[1]).\(theirs).\(kind)",
                    isTransposed: kind == "weight" && transposed.contains(part))
            }
        } else if parts.count == 2, let theirs = outside[parts[0]] {
            return ForeignName(name: "\(theirs).\(kind)")
        }
        preconditionFailure("The parameter \(name) of a GPT has no name in the other format.")
    }
}

extension GPT {
    /// All parameters, and zeros for the biases that a model without them does not have: the formats
    /// of others know GPT-2 only with biases, and adding zero changes nothing.
    var parametersWithBiases: [(name: String, value: Tensor)] {
        guard !configuration.usesBias else { return parameters }
        let withoutBias: Set<String> = [
            "tokenEmbedding.weight", "positionEmbedding.weight", "head.weight",
        ]
        return parameters.flatMap { name, value -> [(name: String, value: Tensor)] in
            guard name.hasSuffix(".weight"), !withoutBias.contains(name) else {
                return [(name, value)]
            }
            let bias = name.dropLast("weight".count) + "bias"
            return [(name, value), (String(bias), .zeros([value.dim(0)]))]
        }
    }
}
