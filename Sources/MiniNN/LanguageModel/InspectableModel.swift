import MiniTensor

/// A language model that can be looked into: its embedding, and what runs through it layer by layer.
///
/// The server shows of a model what it can show; one that does not conform is served all the same.
public protocol InspectableModel: LanguageModel {
    /// The embeddings of all tokens: `[vocabulary, width]`.
    var tokenEmbeddings: Tensor { get }

    /// The residual stream: after the embedding first, then after each layer.
    ///
    /// - Parameter tokens: between 1 and `contextLength`.
    /// - Returns: `[time, width]` for the embedding and for each layer.
    func residualStreams(of tokens: [Int32]) -> [Tensor]

    /// What the head reads: the residual stream through the final norm.
    ///
    /// - Parameter stream: `[time, width]`, after any layer.
    /// - Returns: `[time, width]`.
    func normalizedForHead(_ stream: Tensor) -> Tensor

    /// How likely each token of the vocabulary is next, by the head.
    ///
    /// - Parameter x: `[…, width]`, as `normalizedForHead` gave it.
    /// - Returns: `[…, vocabulary]`.
    func logits(of x: Tensor) -> Tensor
}

/// A language model whose attention weights can be shown.
public protocol AttentionInspectableModel: LanguageModel {
    /// How many heads each layer with attention has, the first layer first.
    var attentionHeads: [Int] { get }

    /// How much every position takes from each earlier one, in each head of one layer.
    ///
    /// - Parameters:
    ///   - tokens: between 1 and `contextLength`.
    ///   - layer: from 0, an index of `attentionHeads`.
    /// - Returns: `[heads, time, time]`: row t adds up to 1, and is 0 right of t.
    func attentionWeights(of tokens: [Int32], layer: Int) -> Tensor
}
