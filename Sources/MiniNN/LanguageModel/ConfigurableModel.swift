import Foundation
import MiniTensor

/// A model that is made from a configuration. A checkpoint keeps that beside the weights, so that the
/// model can be made again from the files alone.
public protocol ConfigurableModel: Module {
    /// All that decides the model's parts and their shapes.
    associatedtype Configuration: Codable & Sendable

    /// What this model was made from.
    var configuration: Configuration { get }

    /// A model with new parameters.
    init(_ configuration: Configuration, using generator: inout some RandomNumberGenerator)

    /// Checks a configuration that came from a file, before a model is made from it.
    ///
    /// The default accepts all.
    ///
    /// - Throws: an error that says what is wrong with it.
    static func validate(_ configuration: Configuration) throws
}

extension ConfigurableModel {
    /// Accepts every configuration.
    public static func validate(_ configuration: Configuration) throws {}
}

extension LanguageModel where Self: ConfigurableModel {
    /// The configuration as JSON, as a checkpoint keeps it.
    public var configurationJSON: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            return [UInt8](try encoder.encode(configuration)) + [UInt8(ascii: "\n")]
        } catch {
            preconditionFailure("The configuration of a model could not be written: \(error)")
        }
    }
}
