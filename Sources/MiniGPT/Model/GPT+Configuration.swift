import MiniNN
import MiniTensor

extension GPT {
    /// The size and kind of a GPT.
    public struct Configuration: Sendable, Codable, Equatable {
        /// How many different tokens there are.
        public var vocabularySize: Int
        /// How many tokens the model can look at.
        public var contextLength: Int
        /// The number of transformer blocks.
        public var layers: Int
        /// Attention heads in each block.
        public var heads: Int
        /// The length of the vector of one position.
        public var width: Int
        /// The share dropped while training.
        public var dropout: Float
        /// Whether the head uses the token embedding's table (GPT-2 does).
        public var tiesEmbeddings: Bool
        /// Whether linear layers and norms have biases (GPT-2's have).
        public var usesBias: Bool
        /// The activation of the feed-forward layers, one of `Activation.named`; GPT-2's is the tanh form of
        /// GELU.
        public var activation: Activation
        /// In the norms.
        public var layerNormEps: Float

        /// A configuration; what is left out is GPT-2's choice, without dropout.
        public init(
            vocabularySize: Int, contextLength: Int, layers: Int, heads: Int, width: Int,
            dropout: Float = 0, tiesEmbeddings: Bool = true, usesBias: Bool = true,
            activation: Activation = .geluApproximate, layerNormEps: Float = 1e-5
        ) {
            precondition(
                Activation.named.contains(activation),
                "A GPT has one of the activations of Activation.named, not \(activation); a model of your own has any."
            )
            self.vocabularySize = vocabularySize
            self.contextLength = contextLength
            self.layers = layers
            self.heads = heads
            self.width = width
            self.dropout = dropout
            self.tiesEmbeddings = tiesEmbeddings
            self.usesBias = usesBias
            self.activation = activation
            self.layerNormEps = layerNormEps
        }

        /// Checks sizes that came from a user or a file.
        public func validate() throws(ConfigurationError) {
            let sizes = [
                ("vocabulary size", vocabularySize), ("context length", contextLength),
                ("number of layers", layers), ("number of heads", heads), ("width", width),
            ]
            for (name, value) in sizes where value < 1 || value > 1 << 24 {
                throw .outOfRange(name: name, value: "\(value)", allowed: "from 1 to \(1 << 24)")
            }
            guard width % heads == 0 else {
                throw .widthNotDivisible(width: width, heads: heads)
            }
            guard dropout >= 0, dropout < 1 else {
                throw .outOfRange(
                    name: "dropout", value: "\(dropout)", allowed: "at least 0 and below 1")
            }
            guard Activation.named.contains(activation) else {
                let names = Activation.named.map(\.name).joined(separator: ", ")
                throw .outOfRange(
                    name: "activation", value: activation.name, allowed: "one of \(names)")
            }
            guard layerNormEps > 0, layerNormEps.isFinite else {
                throw .outOfRange(
                    name: "layerNormEps", value: "\(layerNormEps)", allowed: "above 0")
            }
        }

        // GPT-2's initialisation: normal(0.02), and the layers that write to the residual stream
        // smaller by 1/√(number of them), so that its variance does not grow with depth.
        var initializer: Initializer { .normal(0.02) }
        var residualInitializer: Initializer { .normal(0.02 / Float(2 * layers).squareRoot()) }
    }

    /// A configuration that cannot be built.
    public enum ConfigurationError: Error, Equatable, CustomStringConvertible {
        /// A size outside what is possible.
        case outOfRange(name: String, value: String, allowed: String)
        /// Heads must share the width evenly.
        case widthNotDivisible(width: Int, heads: Int)

        /// The error as a sentence.
        public var description: String {
            switch self {
            case .outOfRange(let name, let value, let allowed):
                "The \(name) is \(value), but must be \(allowed)."
            case .widthNotDivisible(let width, let heads):
                "A width of \(width) is not divisible by \(heads) heads; choose a width that is a multiple of \(heads)."
            }
        }
    }
}

extension GPT.Configuration {
    /// The model of the course: 6.05 million parameters.
    public static let course = GPT.Configuration(
        vocabularySize: 5_000, contextLength: 128, layers: 6, heads: 8, width: 256)

    /// nanoGPT's character model for a CPU; the vocabulary is the number of characters.
    public static func shakespeareCharacters(vocabularySize: Int) -> GPT.Configuration {
        GPT.Configuration(
            vocabularySize: vocabularySize, contextLength: 64, layers: 4, heads: 4, width: 128)
    }

    /// GPT-2 small: 124,439,808 parameters.
    public static let gpt2 = gpt2(layers: 12, heads: 12, width: 768)
    /// GPT-2 medium: 354,823,168 parameters.
    public static let gpt2Medium = gpt2(layers: 24, heads: 16, width: 1_024)
    /// GPT-2 large: 774,030,080 parameters.
    public static let gpt2Large = gpt2(layers: 36, heads: 20, width: 1_280)
    /// GPT-2 XL: 1,557,611,200 parameters.
    public static let gpt2XL = gpt2(layers: 48, heads: 25, width: 1_600)

    private static func gpt2(layers: Int, heads: Int, width: Int) -> GPT.Configuration {
        GPT.Configuration(
            vocabularySize: 50_257, contextLength: 1_024, layers: layers, heads: heads, width: width
        )
    }

    /// The number of parameters of such a model, without making one; `Int.max` if 64 bits cannot hold
    /// it.
    public var parameterCount: Int {
        let (wide, deep) = (Double(width), Double(layers))
        let tables = Double(vocabularySize) * (tiesEmbeddings ? 1 : 2) + Double(contextLength)
        guard tables * wide + deep * 12 * wide * (wide + 2) < 9e18 else { return .max }
        let bias = usesBias ? 1 : 0
        let norm = width * (1 + bias)
        let block = 2 * norm + 12 * width * width + bias * 9 * width
        let head = tiesEmbeddings ? 0 : vocabularySize * width
        return (vocabularySize + contextLength) * width + layers * block + norm + head
    }

    /// Floating-point operations to train on one token: 6 for every weight of a matrix that it
    /// passes, and 12 · layers · width · context for attention (Chowdhery et al. 2022, appendix B).
    public var trainingOperationsPerToken: Double {
        let matrices = Double(layers) * 12 * Double(width) * Double(width)
        let head = Double(vocabularySize) * Double(width)
        return 6 * (matrices + head)
            + 12 * Double(layers) * Double(width) * Double(contextLength)
    }
}
