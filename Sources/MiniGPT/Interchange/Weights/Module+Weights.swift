import Foundation
import MiniNN
import MiniTensor

extension Module {
    /// Writes all parameters, by their own names, to a safetensors file that appears whole or not at
    /// all.
    ///
    /// - Throws: `InterchangeError` if the file cannot be written; what was there before stays.
    public func saveWeights(
        to url: URL, format: NumberFormat = .float32, metadata: [String: String] = [:]
    ) throws(InterchangeError) {
        try SafetensorsFile.write(parameters, to: url, format: format, metadata: metadata)
    }

    /// Replaces all parameters by those `saveWeights` wrote; on an error none of them.
    ///
    /// - Throws: `InterchangeError`; `.weights` lists every missing, unexpected or misshapen name.
    public mutating func loadWeights(from file: SafetensorsFile) throws(InterchangeError) {
        try load(from: file, naming: { ForeignName(name: $0) })
    }

    /// Replaces all parameters by those `saveWeights` wrote; on an error none of them.
    public mutating func loadWeights(from url: URL) throws(InterchangeError) {
        try loadWeights(from: SafetensorsFile(url))
    }
}

extension GPT {
    /// A model whose parameters are those `saveWeights` wrote. Nothing is initialised first, so it
    /// takes no more memory than the model.
    ///
    /// - Throws: `InterchangeError` if the configuration is not valid or the file does not hold a
    ///   model of that configuration.
    public init(
        _ configuration: Configuration, weights file: SafetensorsFile
    ) throws(InterchangeError) {
        let model = try GPT.skeleton(
            configuration, path: file.url.path, weightCount: file.entries.count)
        self = model
        try loadWeights(from: file)
    }
}
