import MiniTensor

/// A model that says how likely each token is next: what the trainer, checkpoints, evaluation,
/// generation and the server work with.
///
/// Four requirements and `visitParameters` make a struct one; the rest has defaults that are
/// correct and slow, for models that have nothing better:
///
///     struct Bigram: LanguageModel {
///         var table: Embedding
///         var vocabularySize: Int { table.weight.dim(0) }
///         var contextLength: Int { 64 }
///         func callAsFunction(_ tokens: TokenBatch, mode: Mode) -> Tensor { table(tokens) }
///         mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
///             visitor.visit("table", &table)
///         }
///     }
///
/// A model that is also a `ConfigurableModel` can be made again from its checkpoint alone.
public protocol LanguageModel: Module {
    /// Reads tokens one after another for generation; `FullForwardPredictor` unless the model has a
    /// faster one.
    associatedtype Predictor: TokenPredictor = FullForwardPredictor<Self>

    /// Names this kind of model in checkpoints; the type's name unless given.
    static var kind: String { get }

    /// How many different tokens there are: the length of the last axis of the logits.
    var vocabularySize: Int { get }

    /// The most tokens the model can look at.
    var contextLength: Int { get }

    /// The logits of the next token at every position.
    ///
    /// - Parameters:
    ///   - tokens: `[batch, time]`, at most `contextLength` long.
    ///   - mode: whether dropout is on, and its seed.
    /// - Returns: `[batch, time, vocabulary]`.
    func callAsFunction(_ tokens: TokenBatch, mode: Mode) -> Tensor

    /// The cross-entropy, in nats, of the targets given what came before them.
    ///
    /// - Parameters:
    ///   - inputs: `[batch, time]`.
    ///   - targets: `[batch, time]`: the token after each input; −1 does not count.
    func loss(
        _ inputs: TokenBatch, targets: TokenBatch, reduction: Reduction, mode: Mode
    ) -> Tensor

    /// The mean loss of a batch and its gradients: what one training step needs.
    ///
    /// - Parameter recomputingBlocks: save memory for time; a model is free to ignore it.
    func lossAndGradients(
        _ inputs: TokenBatch, targets: TokenBatch, mode: Mode, recomputingBlocks: Bool
    ) -> (value: Float, gradients: Gradients)

    /// The logits of the token after these, one number for each token of the vocabulary.
    ///
    /// - Precondition: between 1 and `contextLength` tokens.
    func nextTokenLogits(after tokens: [Int32]) -> [Float]

    /// A predictor that has read nothing.
    func predictor() -> Predictor

    /// Floating-point operations to train on one token, for the share of the machine's peak.
    var trainingOperationsPerToken: Double { get }

    /// The size and kind of the model by names and values. A training goes on from a checkpoint only
    /// if they are the same.
    var settings: TrainingSettings { get }

    /// What else of the model decides what a training comes to, such as its dropout. It may be changed
    /// when a training goes on from a checkpoint, on demand.
    var trainingSettings: TrainingSettings { get }

    /// What the model is made from, as JSON, which a checkpoint keeps.
    var configurationJSON: [UInt8] { get }
}

extension LanguageModel {
    /// The type's name.
    public static var kind: String { "\(Self.self)" }

    /// The logits of the next token at every position, without dropout.
    ///
    /// - Parameter tokens: `[batch, time]`, at most `contextLength` long.
    /// - Returns: `[batch, time, vocabulary]`.
    public func callAsFunction(_ tokens: TokenBatch) -> Tensor { self(tokens, mode: .inference) }

    /// The cross-entropy of the logits.
    public func loss(
        _ inputs: TokenBatch, targets: TokenBatch, reduction: Reduction = .mean,
        mode: Mode = .inference
    ) -> Tensor {
        crossEntropy(logits: self(inputs, mode: mode), targets: targets, reduction: reduction)
    }

    /// The loss and its gradients from one pass over the whole batch.
    public func lossAndGradients(
        _ inputs: TokenBatch, targets: TokenBatch, mode: Mode = .inference,
        recomputingBlocks: Bool = false
    ) -> (value: Float, gradients: Gradients) {
        valueAndGradients(of: self) {
            $0.loss(inputs, targets: targets, reduction: .mean, mode: mode)
        }
    }

    /// The logits of the token after these, one number for each token of the vocabulary.
    ///
    /// - Precondition: between 1 and `contextLength` tokens.
    public func nextTokenLogits(after tokens: [Int32]) -> [Float] {
        let logits = self(TokenBatch(tokens), mode: .inference)
        return logits[.ellipsis, (-1)..., .all].scalars
    }

    /// Six operations for every parameter: what matrices take, forward and backward.
    public var trainingOperationsPerToken: Double { 6 * Double(parameterCount) }

    /// The kind, the sizes of vocabulary and context, and the names and shapes of all parameters.
    public var settings: TrainingSettings {
        let shapes = parameters.map { "\($0.name) \($0.value.shape)" }
        return TrainingSettings([
            "kind of model": Self.kind,
            "vocabulary size": "\(vocabularySize)",
            "context length": "\(contextLength)",
            "parameters": shapes.joined(separator: ", "),
        ])
    }

    /// Nothing.
    public var trainingSettings: TrainingSettings { TrainingSettings([:]) }

    /// An empty object: the model cannot be made from its checkpoint alone.
    public var configurationJSON: [UInt8] { Array("{}\n".utf8) }
}

extension LanguageModel where Predictor == FullForwardPredictor<Self> {
    /// A predictor that sends the whole text through the model for every token.
    public func predictor() -> FullForwardPredictor<Self> { FullForwardPredictor(self) }
}
