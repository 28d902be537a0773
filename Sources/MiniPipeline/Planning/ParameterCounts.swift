import MiniGPT

/// The parameters of a GPT by what they are for.
///
/// With w the width, n the layers, V the vocabulary and T the context: V·w for the tokens, T·w for the
/// positions; a block has 4·w² + 4·w in its attention, 8·w² + 5·w in its feed-forward layer and two
/// norms of 2·w; one more norm is at the end. The head is the table of the tokens unless it is its own
/// (Radford et al. 2019).
public struct ParameterCounts: Sendable, Codable, Equatable {
    /// Parameters of the token embedding.
    public let tokenEmbedding: Int
    /// Parameters of the position embedding.
    public let positionEmbedding: Int
    /// Parameters of queries, keys, values and the output projection, in all blocks.
    public let attention: Int
    /// Parameters of the feed-forward layers, in all blocks.
    public let feedForward: Int
    /// Parameters of the norms, with the one at the end.
    public let norms: Int
    /// Parameters of the head; 0 if it uses the token embedding.
    public let head: Int
    /// Parameters of the whole model.
    public let total: Int

    /// Counts without making a model.
    ///
    /// - Throws: `PipelineError` if a number does not fit in 64 bits.
    public init(_ configuration: GPT.Configuration) throws(PipelineError) {
        let c = configuration
        let (width, layers) = (CheckedInteger(c.width), CheckedInteger(c.layers))
        let bias: CheckedInteger = c.usesBias ? 1 : 0
        let square = width * width
        let table = CheckedInteger(c.vocabularySize) * width
        let parts = [
            table, CheckedInteger(c.contextLength) * width,
            layers * (4 * square + bias * 4 * width),
            layers * (8 * square + bias * 5 * width),
            (layers * 2 + 1) * (1 + bias) * width,
            c.tiesEmbeddings ? 0 : table,
        ]
        var counts: [Int] = []
        for part in parts { counts.append(try part.get("parameters")) }
        total = try parts.reduce(0, +).get("parameters")
        tokenEmbedding = counts[0]
        positionEmbedding = counts[1]
        attention = counts[2]
        feedForward = counts[3]
        norms = counts[4]
        head = counts[5]
    }

    /// The parts with their names.
    public var parts: [(name: String, count: Int)] {
        [
            ("token embedding", tokenEmbedding), ("position embedding", positionEmbedding),
            ("attention", attention), ("feed-forward", feedForward), ("norms", norms),
            ("head", head),
        ]
    }
}
