import MiniNN
import MiniTensor

/// A generative pre-trained transformer: reads tokens, says how likely each next token is.
///
///     tokens → embeddings + positions → blocks → norm → logits over the vocabulary
///
/// Radford et al. 2019 (GPT-2), with pre-norm blocks. The names of its parts are those of its
/// parameters: `blocks.0.attention.queryKeyValue.weight`.
public struct GPT: LanguageModel, ConfigurableModel, CustomStringConvertible {
    /// One layer of the model.
    public typealias Block = TransformerBlock<LayerNorm, FeedForward>

    /// The sizes and choices the model was made from.
    public let configuration: Configuration
    /// What each token means, `[vocabulary, width]`.
    public var tokenEmbedding: Embedding
    /// Where it stands, `[contextLength, width]`.
    public var positionEmbedding: PositionalEncoding
    /// The layers.
    public var blocks: [Block]
    /// Before the head.
    public var finalNorm: LayerNorm
    /// The way to the logits, unless the token embedding serves for it.
    public var head: Linear?
    private let dropout: Dropout

    /// A model with new parameters.
    ///
    /// - Precondition: the configuration is valid; check one that came from a user with `validate()`.
    public init(_ configuration: Configuration, using generator: inout some RandomNumberGenerator) {
        do {
            try configuration.validate()
        } catch {
            preconditionFailure(error.description)
        }
        precondition(
            configuration.parameterCount < Self.mostParameters,
            "A model of \(configuration.parameterCount) parameters fits into no memory; choose a smaller width or fewer layers."
        )
        self.configuration = configuration
        tokenEmbedding = Embedding(
            count: configuration.vocabularySize, dimensions: configuration.width, using: &generator)
        positionEmbedding = .learned(
            contextLength: configuration.contextLength, dimensions: configuration.width,
            using: &generator)
        blocks = (0..<configuration.layers).map { _ in
            Block(configuration, using: &generator)
        }
        finalNorm = LayerNorm(
            dimensions: configuration.width, eps: configuration.layerNormEps,
            bias: configuration.usesBias)
        if !configuration.tiesEmbeddings {
            head = Linear(
                configuration.width, configuration.vocabularySize, bias: false,
                initializer: configuration.initializer, using: &generator)
        }
        dropout = Dropout(p: configuration.dropout)
    }

    /// Checks sizes that came from a file.
    ///
    /// - Throws: `ConfigurationError`, also for sizes that are possible one by one but make a model that
    ///   fits into no memory.
    public static func validate(_ configuration: Configuration) throws {
        try configuration.validate()
        let count = configuration.parameterCount
        guard count < mostParameters else {
            throw ConfigurationError.outOfRange(
                name: "number of parameters", value: "\(count)",
                allowed: "below \(mostParameters); choose a smaller width or fewer layers")
        }
    }

    /// More parameters than this, 4 bytes each, fit into no memory.
    private static let mostParameters = 1 << 40

    /// A model of given parts.
    init(
        configuration: Configuration, tokenEmbedding: Embedding,
        positionEmbedding: PositionalEncoding, blocks: [Block], finalNorm: LayerNorm,
        head: Linear?
    ) {
        self.configuration = configuration
        self.tokenEmbedding = tokenEmbedding
        self.positionEmbedding = positionEmbedding
        self.blocks = blocks
        self.finalNorm = finalNorm
        self.head = head
        dropout = Dropout(p: configuration.dropout)
    }

    /// How many different tokens the model knows.
    public var vocabularySize: Int { configuration.vocabularySize }
    /// The most tokens the model can look at.
    public var contextLength: Int { configuration.contextLength }

    /// The logits of the next token at every position.
    ///
    /// - Parameter tokens: `[batch, time]`, at most `contextLength` long.
    /// - Returns: `[batch, time, vocabulary]`.
    public func callAsFunction(_ tokens: TokenBatch, mode: Mode = .inference) -> Tensor {
        logits(of: representation(of: tokens, mode: mode))
    }

    /// How likely each token of the vocabulary is next, for what `representation` gave.
    ///
    /// - Parameter x: `[…, width]`.
    /// - Returns: `[…, vocabulary]`.
    public func logits(of x: Tensor) -> Tensor { linear(x, weight: headWeight) }

    /// The logits of the token after these, one number for each token of the vocabulary. The head works
    /// on the last position alone.
    ///
    /// - Precondition: between 1 and `contextLength` tokens.
    public func nextTokenLogits(after tokens: [Int32]) -> [Float] {
        let x = representation(of: TokenBatch(tokens))
        return logits(of: x[.ellipsis, (-1)..., .all]).scalars
    }

    /// What the model knows at every position, just before the head.
    ///
    /// - Parameters:
    ///   - tokens: `[batch, time]`, at most `contextLength` long.
    ///   - recomputingBlocks: save as much memory as possible: of as many blocks as lower the peak keep
    ///     only the input of each half, and do it once more when its gradient is wanted. Takes the time
    ///     of a forward pass at most.
    /// - Returns: `[batch, time, width]`.
    public func representation(
        of tokens: TokenBatch, mode: Mode = .inference, recomputingBlocks: Bool = false
    ) -> Tensor {
        precondition(
            tokens.time <= configuration.contextLength,
            "The model looks at \(configuration.contextLength) tokens at most, but \(tokens.time) were given."
        )
        var x = tokenEmbedding(tokens) + positionEmbedding(time: tokens.time)
        x = dropout(x, mode: mode.part(0))
        let plan = RecomputationPlan(
            configuration, positions: tokens.batch * tokens.time, savingMemory: recomputingBlocks)
        for (index, block) in blocks.enumerated() {
            let mode = mode.part(index + 1)
            if index < plan.wholeBlocks {
                x = block.recomputed(x) { block, x in block.addingAttention(to: x, mode: mode) }
                x = block.recomputed(x) { block, x in block.addingFeedForward(to: x, mode: mode) }
            } else {
                let isRecomputed = index < plan.wholeBlocks + plan.wideActivations
                x = block(x, mode: mode, recomputesInside: isRecomputed)
            }
        }
        return finalNorm(x)
    }

    /// The mean cross-entropy, in nats, of the targets given what came before them.
    ///
    /// The same as `crossEntropy(logits: self(inputs), targets: targets)`, but the logits of all
    /// positions are never in memory at once.
    ///
    /// - Parameters:
    ///   - inputs: `[batch, time]`.
    ///   - targets: `[batch, time]`: the token after each input; −1 does not count.
    public func loss(
        _ inputs: TokenBatch, targets: TokenBatch, reduction: Reduction = .mean,
        mode: Mode = .inference
    ) -> Tensor {
        loss(
            inputs, targets: targets, reduction: reduction, mode: mode, recomputingBlocks: false)
    }

    /// The mean cross-entropy, with a choice between memory and time.
    ///
    /// - Parameter recomputingBlocks: save memory for time; see `representation(of:)`. Logits are
    ///   computed for fewer positions at once, too.
    public func loss(
        _ inputs: TokenBatch, targets: TokenBatch, reduction: Reduction = .mean,
        mode: Mode = .inference, recomputingBlocks: Bool
    ) -> Tensor {
        linearCrossEntropy(
            representation(of: inputs, mode: mode, recomputingBlocks: recomputingBlocks),
            weight: headWeight, targets: targets,
            reduction: reduction, positionsAtOnce: recomputingBlocks ? 256 : nil)
    }

    /// `[vocabulary, width]`.
    private var headWeight: Tensor { head?.weight ?? tokenEmbedding.weight }

    /// Shows the parts from the input to the output.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("tokenEmbedding", &tokenEmbedding)
        visitor.visit("positionEmbedding", &positionEmbedding)
        visitor.visit("blocks", &blocks)
        visitor.visit("finalNorm", &finalNorm)
        visitor.visit("head", &head)
    }
}

extension GPT.Block {
    /// A block of a GPT of that configuration.
    public init(
        _ configuration: GPT.Configuration, using generator: inout some RandomNumberGenerator
    ) {
        let c = configuration
        let attention = MultiHeadAttention(
            dimensions: c.width, heads: c.heads, bias: c.usesBias, dropout: c.dropout,
            initializer: c.initializer, outputInitializer: c.residualInitializer, using: &generator)
        let feedForward = FeedForward(
            dimensions: c.width, bias: c.usesBias, activation: c.activation,
            initializer: c.initializer, outputInitializer: c.residualInitializer, using: &generator)
        self.init(
            attentionNorm: LayerNorm(dimensions: c.width, eps: c.layerNormEps, bias: c.usesBias),
            attention: attention,
            feedForwardNorm: LayerNorm(dimensions: c.width, eps: c.layerNormEps, bias: c.usesBias),
            feedForward: feedForward, dropout: c.dropout)
    }
}
