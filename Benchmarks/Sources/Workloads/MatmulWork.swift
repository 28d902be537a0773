import MiniGPT

/// A product of matrices: `[batch, rows, inner]` · `[batch, inner, columns]`.
public struct MatmulWork: Sendable {
    /// What it is in a transformer.
    public let name: String
    /// The rows of the result.
    public let rows: Int
    /// The columns of the result.
    public let columns: Int
    /// The length of each dot product.
    public let inner: Int
    /// How many such products one call makes.
    public let batch: Int
    /// Whether the left matrix lies in memory as `[inner, rows]`.
    public let transposesLeft: Bool
    /// Whether the right matrix lies in memory as `[columns, inner]`.
    public let transposesRight: Bool

    /// A product of these sizes.
    public init(
        _ name: String, rows: Int, columns: Int, inner: Int, batch: Int = 1,
        transposesLeft: Bool = false, transposesRight: Bool = false
    ) {
        self.name = name
        self.rows = rows
        self.columns = columns
        self.inner = inner
        self.batch = batch
        self.transposesLeft = transposesLeft
        self.transposesRight = transposesRight
    }

    /// Checks sizes that came from a user.
    public func validate() throws(SizeError) {
        try Limits.check("left matrix", shape: [batch, rows, inner])
        try Limits.check("right matrix", shape: [batch, inner, columns])
        try Limits.check("result", shape: [batch, rows, columns])
    }

    /// Floating-point operations: a multiplication and an addition for each term.
    public var operations: Double {
        2 * Double(batch) * Double(rows) * Double(columns) * Double(inner)
    }

    /// The least memory traffic: both matrices read, the result written.
    public var bytes: Double {
        let elements =
            Double(rows) * Double(inner) + Double(inner) * Double(columns)
            + Double(rows) * Double(columns)
        return 4 * Double(batch) * elements
    }

    /// Sizes and layout in the notation of BLAS: `4,096×768×256 NT`, rows × columns × inner.
    public var size: String {
        let sizes = [rows, columns, inner].map { Figures.grouped(Double($0)) }
        let layout = (transposesLeft ? "T" : "N") + (transposesRight ? "T" : "N")
        return (batch > 1 ? "\(batch) of " : "") + sizes.joined(separator: "×") + " " + layout
    }

    /// A name for files and filters: `feed-forward-up_4096x1024x256_NT`.
    public var identifier: String {
        let words = name.split { !$0.isLetter && $0 != "-" }.joined(separator: "-")
        let layout = (transposesLeft ? "T" : "N") + (transposesRight ? "T" : "N")
        let count = batch > 1 ? "\(batch)x" : ""
        return "\(words)_\(count)\(rows)x\(columns)x\(inner)_\(layout)"
    }

    /// The call to be measured, with its operands made.
    public func prepared() -> () -> Void {
        var generator = SplitMix64(seed: 1)
        let left = operand(rows, inner, transposed: transposesLeft, &generator)
        let right = operand(inner, columns, transposed: transposesRight, &generator)
        return { _ = matmul(left, right) }
    }

    private func operand(
        _ rows: Int, _ columns: Int, transposed: Bool, _ generator: inout SplitMix64
    ) -> Tensor {
        let shape = transposed ? [columns, rows] : [rows, columns]
        let tensor = Tensor.uniform(
            batch > 1 ? [batch] + shape : shape, in: -1..<1, using: &generator)
        return transposed ? tensor.T : tensor
    }
}

extension MatmulWork {
    /// The shapes that training and running transformers lead to, mostly of the course model.
    public static let transformerShapes: [MatmulWork] = [
        MatmulWork("square", rows: 256, columns: 256, inner: 256),
        MatmulWork("square", rows: 1_024, columns: 1_024, inner: 1_024),
        MatmulWork(
            "square, transposed", rows: 1_024, columns: 1_024, inner: 1_024, transposesRight: true),
        MatmulWork(
            "queries, keys, values", rows: 4_096, columns: 768, inner: 256, transposesRight: true),
        MatmulWork(
            "attention output", rows: 4_096, columns: 256, inner: 256, transposesRight: true),
        MatmulWork(
            "feed-forward up", rows: 4_096, columns: 1_024, inner: 256, transposesRight: true),
        MatmulWork(
            "feed-forward down", rows: 4_096, columns: 256, inner: 1_024, transposesRight: true),
        MatmulWork("logits", rows: 1_024, columns: 5_000, inner: 256, transposesRight: true),
        MatmulWork("gradient of inputs", rows: 4_096, columns: 256, inner: 1_024),
        MatmulWork(
            "gradient of weights", rows: 1_024, columns: 256, inner: 4_096, transposesLeft: true),
        MatmulWork(
            "attention scores", rows: 128, columns: 128, inner: 32, batch: 256,
            transposesRight: true),
        MatmulWork("attention mixing", rows: 128, columns: 32, inner: 128, batch: 256),
        MatmulWork(
            "character model, up", rows: 768, columns: 512, inner: 128, transposesRight: true),
        MatmulWork("small model, up", rows: 128, columns: 128, inner: 32, transposesRight: true),
        MatmulWork("vector · matrix", rows: 1, columns: 3_072, inner: 768, transposesRight: true),
        MatmulWork(
            "vector · vocabulary", rows: 1, columns: 50_257, inner: 768, transposesRight: true),
        MatmulWork("matrix · vector", rows: 3_072, columns: 1, inner: 768),
    ]
}

extension MatmulWork {
    /// The products of one block and of the logits in a training step: of the course's model with a batch of
    /// 4,096 positions, and of GPT-2 small with 1,024.
    public static let trainingShapes: [MatmulWork] =
        layers("course", positions: 4_096, width: 256, head: 32, time: 128, vocabulary: 5_000)
        + layers("GPT-2", positions: 1_024, width: 768, head: 64, time: 1_024, vocabulary: 50_257)

    private static func layers(
        _ model: String, positions: Int, width: Int, head: Int, time: Int, vocabulary: Int
    ) -> [MatmulWork] {
        let projections = [
            ("queries, keys, values", width, 3 * width), ("attention output", width, width),
            ("feed-forward up", width, 4 * width), ("feed-forward down", 4 * width, width),
        ].flatMap { name, inputs, outputs in
            [
                MatmulWork(
                    "\(model): \(name)", rows: positions, columns: outputs, inner: inputs,
                    transposesRight: true),
                MatmulWork(
                    "\(model): \(name), gradient of inputs", rows: positions, columns: inputs,
                    inner: outputs),
                MatmulWork(
                    "\(model): \(name), gradient of weights", rows: outputs, columns: inputs,
                    inner: positions, transposesLeft: true),
            ]
        }
        let heads = positions / time * (width / head)
        return projections + [
            MatmulWork(
                "\(model): logits", rows: min(positions, 1_024), columns: vocabulary, inner: width,
                transposesRight: true),
            MatmulWork(
                "\(model): attention scores", rows: time, columns: time, inner: head, batch: heads,
                transposesRight: true),
            MatmulWork(
                "\(model): attention mixing", rows: time, columns: head, inner: time, batch: heads),
        ]
    }
}
