import MiniNN
import MiniTensor

/// A GPT ready to generate: its weights packed for reading them once for every token.
///
///     let packed = InferenceModel(model, weights: .q8)
///     var predictor = packed.predictor()
///     predictor.read(prompt)
///
/// Nothing of it ever changes, so any number of tasks may use one at once. It does not need the GPT
/// that it was made from.
public final class InferenceModel: @unchecked Sendable {
    /// Its size and kind.
    public let configuration: GPT.Configuration
    /// The bytes of weights that are read for every token.
    public let bytesPerToken: Int

    let layers: [Layer]
    let embedding: PackedMatrix
    let head: PackedMatrix
    let positions: UnsafePointer<Float>
    let finalNorm: Norm
    /// What the pointers in all of these point into.
    private let memory: [Tensor]

    /// Scale and shift of a layer norm.
    struct Norm {
        let weight: UnsafePointer<Float>
        let bias: UnsafePointer<Float>?
    }

    /// A linear layer.
    struct Projection {
        let matrix: PackedMatrix
        let bias: UnsafePointer<Float>?
    }

    /// A transformer block.
    struct Layer {
        let attentionNorm: Norm
        let queryKeyValue: Projection
        let output: Projection
        let feedForwardNorm: Norm
        let up: Projection
        let down: Projection
    }

    /// Packs the weights of a model.
    ///
    /// - Parameter weights: how matrices are stored. Those whose rows do not fill the blocks of a
    ///   quantised format become `float16`.
    public convenience init(_ model: GPT, weights: NumberFormat = .float32) {
        var parts = Parts()
        for (name, value) in model.parameters where name != "positionEmbedding.weight" {
            if value.rank == 2 {
                parts.add(name, PackedMatrix.pack(value, format: weights))
            } else {
                parts.add(name, value)
            }
        }
        parts.add("positionEmbedding.weight", model.positionEmbedding.weight)
        self.init(model.configuration, parts)
    }

    /// All weights by our names.
    struct Parts {
        private(set) var matrices: [String: PackedMatrix] = [:]
        private(set) var vectors: [String: UnsafePointer<Float>] = [:]
        private(set) var memory: [Tensor] = []

        mutating func add(_ name: String, _ packed: (matrix: PackedMatrix, memory: Tensor)) {
            matrices[name] = packed.matrix
            memory.append(packed.memory)
        }

        mutating func add(_ name: String, _ vector: Tensor) {
            // A copy of its own: nobody else can write to it, wherever the tensor came from.
            let copy = Tensor(uninitializedShape: vector.shape)
            vector.withUnsafeScalars { source in
                for (index, value) in source.enumerated() { copy.pointer[index] = value }
            }
            vectors[name] = UnsafePointer(copy.pointer)
            memory.append(copy)
        }

        func norm(_ name: String) -> Norm {
            Norm(weight: vector(name + ".weight"), bias: vectors[name + ".bias"])
        }

        func projection(_ name: String) -> Projection {
            Projection(matrix: matrix(name + ".weight"), bias: vectors[name + ".bias"])
        }

        func vector(_ name: String) -> UnsafePointer<Float> {
            guard let vector = vectors[name] else {
                preconditionFailure("The model has no parameter \(name).")
            }
            return vector
        }

        func matrix(_ name: String) -> PackedMatrix {
            guard let matrix = matrices[name] else {
                preconditionFailure("The model has no matrix \(name).")
            }
            return matrix
        }
    }

    init(_ configuration: GPT.Configuration, _ parts: Parts) {
        self.configuration = configuration
        layers = (0..<configuration.layers).map { index in
            let name = "blocks.\(index)."
            return Layer(
                attentionNorm: parts.norm(name + "attentionNorm"),
                queryKeyValue: parts.projection(name + "attention.queryKeyValue"),
                output: parts.projection(name + "attention.output"),
                feedForwardNorm: parts.norm(name + "feedForwardNorm"),
                up: parts.projection(name + "feedForward.up"),
                down: parts.projection(name + "feedForward.down"))
        }
        embedding = parts.matrix("tokenEmbedding.weight")
        head = parts.matrices["head.weight"] ?? embedding
        positions = parts.vector("positionEmbedding.weight")
        finalNorm = parts.norm("finalNorm")
        memory = parts.memory
        bytesPerToken =
            head.bytes
            + layers.reduce(0) {
                $0 + $1.queryKeyValue.matrix.bytes + $1.output.matrix.bytes + $1.up.matrix.bytes
                    + $1.down.matrix.bytes
            }
    }

    /// The length of the vector inside the feed-forward layers.
    var hidden: Int { layers.first?.up.matrix.rows ?? 4 * configuration.width }

    /// A predictor that has read nothing.
    public func predictor() -> CachedPredictor { CachedPredictor(self) }
}

extension GPT {
    /// A predictor over this model's weights, packed anew: keep the `InferenceModel` if you need
    /// several.
    public func predictor(weights: NumberFormat = .float32) -> CachedPredictor {
        InferenceModel(self, weights: weights).predictor()
    }
}
