import MiniGPT

/// The memory of a training, in bytes, by what it is for.
///
/// An upper estimate: the pool of buffers keeps what a step needed at any moment, and gives the room
/// of one thing to another only where sizes match. `Documentation/Planning.md` says how close it is.
public struct TrainingMemory: Sendable, Codable, Equatable {
    /// Four bytes for each parameter.
    public let weights: Int
    /// The same.
    public let gradients: Int
    /// AdamW's two averages of each gradient.
    public let averages: Int
    /// What the forward pass keeps for the gradients.
    public let activations: Int
    /// A piece of the logits, gradients of activations, and the program itself.
    public let workspace: Int
    /// All of it.
    public let total: Int

    /// The memory to train a model with `batch` sequences of the whole context at once.
    ///
    /// - Parameter recomputesBlocks: whether only the inputs of blocks are kept.
    /// - Throws: `PipelineError` if a number does not fit in 64 bits.
    public init(
        _ configuration: GPT.Configuration, parameters: Int, batch: Int, recomputesBlocks: Bool
    ) throws(PipelineError) {
        let (c, weight) = (configuration, CheckedInteger(parameters) * 4)
        let (width, layers) = (CheckedInteger(c.width), CheckedInteger(c.layers))
        let positions = CheckedInteger(batch) * CheckedInteger(c.contextLength)
        // For each position a block keeps: its input and the sum after attention (2 widths), both
        // normed (2), queries, keys and values (3), what attention found (1), the inside of the
        // feed-forward layer before and after GELU (8); a log-sum-exp for each head; mean and
        // deviation of two norms.
        let block = 16 * width + CheckedInteger(c.heads) + 4
        let blocks = recomputesBlocks ? layers * width + block : layers * block
        let kept = 4 * positions * (blocks + 2 * width)
        // The gradient of the widest activation before and after GELU, and those of the stream.
        let slopes = 4 * positions * 10 * width
        let logits =
            4
            * Self.logitRows(
                positions, c.vocabularySize, isSparing: recomputesBlocks)
            * CheckedInteger(c.vocabularySize)

        weights = try weight.get("bytes")
        gradients = weights
        averages = try (2 * weight).get("bytes")
        activations = try kept.get("bytes")
        let work = slopes + logits + CheckedInteger(Self.program)
        workspace = try work.get("bytes")
        total = try (4 * weight + kept + work).get("bytes")
    }

    /// The rows of logits that cross-entropy holds at once: 32 MiB of them but at least 512, or 256 to
    /// save memory.
    private static func logitRows(
        _ positions: CheckedInteger, _ vocabulary: Int, isSparing: Bool
    ) -> CheckedInteger {
        guard let rows = positions.value else { return positions }
        let most = isSparing ? 256 : max(512, (8 << 20) / max(1, vocabulary) / 256 * 256)
        return CheckedInteger(min(rows, most))
    }

    /// What the program holds before it has a model.
    private static let program = 28_000_000
}

/// The memory to talk to a model, in bytes.
public struct InferenceMemory: Sendable, Codable, Equatable {
    /// How matrices are stored: `f32`, `f16`, `bf16`, `q8_0`, `q4_0`.
    public let format: String
    /// The packed weights.
    public let weights: Int
    /// Keys and values of one text as long as the context.
    public let cache: Int
    /// Both.
    public let total: Int

    /// The memory for one text.
    ///
    /// - Throws: `PipelineError` if a number does not fit in 64 bits.
    public init(
        _ configuration: GPT.Configuration, parameters: ParameterCounts, format: WeightFormat
    ) throws(PipelineError) {
        let (c, p) = (configuration, parameters)
        let (width, layers) = (CheckedInteger(c.width), CheckedInteger(c.layers))
        func matrix(_ rows: CheckedInteger, _ columns: Int) -> CheckedInteger {
            // Rows are packed in panels of 16.
            guard let rows = rows.value else { return CheckedInteger(nil) }
            let panels = CheckedInteger(rows / 16 + (rows % 16 == 0 ? 0 : 1))
            return panels * Self.panelBytes(format, columns: columns)
        }
        guard let hidden = (4 * width).value else {
            throw PipelineError("The width \(c.width) is too large; choose smaller sizes.")
        }
        let tables: CheckedInteger = c.tiesEmbeddings ? 1 : 2
        let block =
            matrix(3 * width, c.width) + matrix(width, c.width)
            + matrix(CheckedInteger(hidden), c.width) + matrix(width, hidden)
        let biases = c.usesBias ? layers * 9 * width : 0
        let vectors = biases + CheckedInteger(p.norms) + CheckedInteger(p.positionEmbedding)
        let packed =
            layers * block + tables * matrix(CheckedInteger(c.vocabularySize), c.width)
            + 4 * vectors
        // The cache has room for whole panels of 16 positions.
        let positions = CheckedInteger(c.contextLength / 16 + (c.contextLength % 16 == 0 ? 0 : 1))
        let keysAndValues = 2 * 4 * layers * 16 * positions * width
        self.format = format.rawValue
        weights = try packed.get("bytes")
        cache = try keysAndValues.get("bytes")
        total = try (packed + keysAndValues).get("bytes")
    }

    /// The bytes of 16 rows. Rows that do not fill blocks of 32 become half precision.
    private static func panelBytes(_ format: WeightFormat, columns: Int) -> CheckedInteger {
        let count = CheckedInteger(columns)
        let isFilled = columns % 32 == 0
        switch format {
        case .float32: return 16 * 4 * count
        case .bfloat16: return 16 * 2 * CheckedInteger(columns) + (columns % 2 == 0 ? 0 : 32)
        case .q8 where isFilled: return 16 * 34 * CheckedInteger(columns / 32)
        case .q4 where isFilled: return 16 * 18 * CheckedInteger(columns / 32)
        case .float16, .q8, .q4: return 16 * 2 * count
        }
    }
}
