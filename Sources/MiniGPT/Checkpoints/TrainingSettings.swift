import MiniTensor

/// Everything that decides what a training comes to, besides the steps made so far: as names and
/// values that people can read, and that are the same exactly if the settings are.
public struct TrainingSettings: Equatable, Sendable, Codable {
    /// By name: `["batch size": "12"]`.
    public private(set) var values: [String: String]

    /// Settings from their names and values.
    public init(_ values: [String: String]) { self.values = values }

    /// What is another value there than here, by name.
    public func changes(to other: TrainingSettings) -> [SettingChange] {
        Set(values.keys).union(other.values.keys).sorted()
            .filter { values[$0] != other.values[$0] }
            .map { SettingChange(name: $0, before: values[$0], now: other.values[$0]) }
    }

    /// Both; the other's where a name is in both.
    func merging(_ other: TrainingSettings) -> TrainingSettings {
        TrainingSettings(values.merging(other.values) { $1 })
    }

    /// Reads what `encode(to:)` wrote.
    public init(from decoder: any Decoder) throws {
        values = try [String: String](from: decoder)
    }

    /// Writes the plain dictionary.
    public func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
}

/// A setting that is another one than in the checkpoint.
public struct SettingChange: Equatable, Sendable, CustomStringConvertible {
    /// Which.
    public let name: String
    /// The value in the checkpoint, if it has one.
    public let before: String?
    /// The value now, if there is one.
    public let now: String?

    /// A sentence without its full stop, that names both values.
    public var description: String {
        switch (before, now) {
        case (let before?, let now?): "the \(name) was \(before) and is \(now) now"
        case (let before?, nil): "the \(name) was \(before) and there is none now"
        case (nil, let now?): "there was no \(name) and it is \(now) now"
        case (nil, nil): "the \(name) is the same"
        }
    }
}

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
