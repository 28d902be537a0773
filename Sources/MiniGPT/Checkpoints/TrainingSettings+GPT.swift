import MiniNN
import MiniTensor
import MiniNN

extension GPT.Configuration {
    /// The size and kind of the model.
    var settings: TrainingSettings {
        TrainingSettings([
            "vocabulary size": "\(vocabularySize)",
            "context length": "\(contextLength)",
            "number of layers": "\(layers)",
            "number of heads": "\(heads)",
            "width": "\(width)",
            "tied head": "\(tiesEmbeddings)",
            "use of biases": "\(usesBias)",
            "activation": activation.rawValue,
            "epsilon of the norms": "\(layerNormEps)",
        ])
    }
}

extension AdamW {
    /// What decides its steps.
    func settings(for model: GPT) -> TrainingSettings {
        let decayed = model.parameters.filter { decays($0.name, $0.value.shape) }.map(\.name)
        let names = Checksum(CRC64(Array(decayed.joined(separator: "\n").utf8)))
        return TrainingSettings([
            "optimizer": "AdamW",
            "learning rate": "\(learningRate)",
            "beta1": "\(betas.0)",
            "beta2": "\(betas.1)",
            "epsilon of AdamW": "\(eps)",
            "weight decay": "\(weightDecay)",
            "choice of parameters with weight decay": "\(decayed.count) (checksum \(names))",
        ])
    }
}

extension Trainer {
    /// Everything that decides what this trainer makes of a model and an optimizer.
    func settings(_ model: GPT, _ optimizer: AdamW) -> TrainingSettings {
        var values = [
            "seed": "\(options.seed)",
            "batch size": "\(options.batchSize)",
            "number of batches for a step": "\(options.gradientAccumulation)",
            "limit of the gradient norm": options.clipNorm.map { "\($0)" } ?? "none",
            "length of an example": "\(training.contextLength)",
            "dropout": "\(model.configuration.dropout)",
            "training text": training.identity,
        ]
        if let validation {
            values["validation text"] = validation.identity
            values["length of a validation example"] = "\(validation.contextLength)"
            values["number of validation batches"] =
                options.validationBatches.map { "\($0)" } ?? "all"
        }
        return TrainingSettings(values).merging(model.configuration.settings)
            .merging(optimizer.settings(for: model))
    }
}

extension TokenStore {
    /// The checksum of the ids, 32 bits each, little-endian, wherever they are kept.
    package var checksum: CRC64 {
        var checksum = CRC64()
        var piece: [Int32] = []
        for start in stride(from: 0, to: count, by: 1 << 14) {
            piece.removeAll(keepingCapacity: true)
            for position in start..<Swift.min(count, start + 1 << 14) {
                piece.append(self[position].littleEndian)
            }
            piece.withUnsafeBytes { checksum.update($0) }
        }
        return checksum
    }

    /// Length and checksum.
    var identity: String { "\(count) tokens with checksum \(Checksum(checksum))" }
}
