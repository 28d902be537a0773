import MiniGPT
import MiniTensor

/// The memory of a training, in bytes, by what it is for.
///
/// An upper estimate; `Documentation/Planning.md` says how close it is.
public struct TrainingMemory: Sendable, Codable, Equatable {
    /// Bytes of the weights: four for each parameter.
    public let weights: Int
    /// Bytes of the gradients: four for each parameter.
    public let gradients: Int
    /// Bytes of AdamW's two averages of each gradient.
    public let averages: Int
    /// Bytes of the activations that the forward pass keeps for the gradients.
    public let activations: Int
    /// Bytes of a piece of the logits, of gradients of activations, and of the program itself.
    public let workspace: Int
    /// Bytes that the parts above count twice: as gradients come, activations and logits go.
    public let reused: Int
    /// All of it at its peak.
    public let total: Int

    /// What a training cannot do without: the model, AdamW's averages, and the larger of gradients and
    /// activations, which come and go together.
    public var least: Int { weights + averages + max(gradients, activations) }

    /// The memory to train a model with `batch` sequences of the whole context at once.
    ///
    /// - Parameter recomputesBlocks: whether blocks are recomputed to save memory.
    /// - Throws: `PipelineError` if a number does not fit in 64 bits.
    public init(
        _ configuration: GPT.Configuration, parameters: Int, batch: Int, recomputesBlocks: Bool
    ) throws(PipelineError) {
        let (c, weight) = (configuration, CheckedInteger(parameters) * 4)
        let width = CheckedInteger(c.width)
        let positions = CheckedInteger(batch) * CheckedInteger(c.contextLength)
        guard let count = positions.value else {
            throw PipelineError("The batch \(batch) is too large; choose a smaller one.")
        }
        let stream = 4 * positions * width
        let plan = RecomputationPlan(c, positions: count, savingMemory: recomputesBlocks)
        let (whole, wide) = (plan.wholeBlocks, plan.wideActivations)
        let block = Self.block(c, positions: positions)
        let outside = Self.block(c, positions: positions, recomputesInside: true)
        let kept =
            CheckedInteger(c.layers - whole - wide) * block + CheckedInteger(wide) * outside
            + CheckedInteger(2 * whole + 2) * stream
        let rows = Self.logitRows(count, c.vocabularySize, isSparing: recomputesBlocks)
        let logits = 4 * CheckedInteger(rows) * CheckedInteger(c.vocabularySize)
        // Gradients of the widest activations, and a packed factor of their product; where the last
        // block is recomputed, all of its inside as well.
        let slopes = CheckedInteger(whole == c.layers ? 22 : 10) * stream
        let table = 4 * CheckedInteger(c.vocabularySize) * width
        let packed = CheckedInteger(
            min(4 * Tuning.current.products.panelElements, table.value ?? Int.max))

        // The peak is at the logits, or at the first gradients with all activations still there, or at
        // the end with all gradients and the inside of one block.
        guard let logitsPart = (logits + packed + stream).value, let slopesPart = slopes.value,
            let middle = (table + kept + CheckedInteger(max(logitsPart, slopesPart))).value,
            let end = (weight + CheckedInteger(14) * stream).value
        else { throw PipelineError("A training of that size does not fit in 64 bits.") }
        let moving = max(middle, end)
        let program = CheckedInteger(Self.program) + CheckedInteger(moving / 10)

        weights = try weight.get("bytes")
        gradients = weights
        averages = try (2 * weight).get("bytes")
        activations = try kept.get("bytes")
        let work = slopes + logits + packed + program
        workspace = try work.get("bytes")
        total = try (3 * weight + CheckedInteger(moving) + program).get("bytes")
        reused = try (4 * weight + kept + work).get("bytes") - total
    }

    /// What a block keeps: its input and the sum after attention (2 widths for each position),
    /// queries, keys and values (3), what attention found (1), the inside of the feed-forward layer
    /// (4); a log-sum-exp for each head; mean and deviation of two norms. What is not worth
    /// recomputing is kept too: both normed sums (2), and the inside after GELU (4).
    private static func block(
        _ c: GPT.Configuration, positions: CheckedInteger, recomputesInside: Bool = false
    ) -> CheckedInteger {
        let stream = positions * CheckedInteger(c.width)
        let norms = 4 * positions * CheckedInteger(c.heads + 4)
        guard let count = (4 * stream).value else { return CheckedInteger(nil) }
        let widths =
            (recomputesInside ? 3 : 10)
            + (Tensor.isRecomputed(count: count / 4, width: c.width) ? 0 : 2)
            + (Tensor.isRecomputed(count: count, width: c.width) ? 0 : 4)
        return CheckedInteger(4 * widths) * stream + norms
    }

    /// The rows of logits that cross-entropy holds at once: 32 MiB of them but at least 256, and no
    /// more than that to save memory.
    private static func logitRows(_ positions: Int, _ vocabulary: Int, isSparing: Bool) -> Int {
        let most = isSparing ? 256 : max(256, (8 << 20) / max(1, vocabulary) / 256 * 256)
        return min(positions, most)
    }

    /// What the program itself holds. Gaps between buffers are a tenth of what comes and goes at most.
    private static let program = 40_000_000
}

/// The memory to talk to a model, in bytes.
public struct InferenceMemory: Sendable, Codable, Equatable {
    /// How matrices are stored: `f32`, `f16`, `bf16`, `q8_0`, `q4_0`.
    public let format: String
    /// The packed weights.
    public let weights: Int
    /// Bytes of the keys and values of one text as long as the context.
    public let cache: Int
    /// Both.
    public let total: Int

    /// The memory for one text.
    ///
    /// - Throws: `PipelineError` if a number does not fit in 64 bits.
    public init(
        _ configuration: GPT.Configuration, parameters: ParameterCounts, format: NumberFormat
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
    private static func panelBytes(_ format: NumberFormat, columns: Int) -> CheckedInteger {
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
