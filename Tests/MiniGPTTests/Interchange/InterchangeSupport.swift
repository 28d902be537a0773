import Foundation
import Testing

@testable import MiniGPT

/// A directory that is deleted when the last reference to it goes.
final class TemporaryDirectory: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("MiniGPT-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    func write(_ bytes: some Sequence<UInt8>, as name: String) throws -> URL {
        // Some file systems wait for the disk when a file is cut off and written again.
        unlink(file(name).path)
        try Data(bytes).write(to: file(name))
        return file(name)
    }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
    }
}

/// A file of `Goldens/Interchange`.
func golden(_ name: String) -> URL {
    Bundle.module.resourceURL!.appendingPathComponent("Goldens/Interchange/\(name)")
}

func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// A safetensors file from the text of its header.
func safetensors(_ header: String, data: Int = 0) -> [UInt8] {
    littleEndian(UInt64(header.utf8.count)) + Array(header.utf8)
        + (0..<data).map { UInt8(truncatingIfNeeded: $0) }
}

/// The error of opening and reading everything, or `nil`.
func interchangeError(_ body: () throws -> Void) -> InterchangeError? {
    do {
        try body()
        return nil
    } catch let error as InterchangeError {
        return error
    } catch {
        Issue.record("\(error) is not an InterchangeError.")
        return nil
    }
}

extension GPT.Configuration {
    /// Small enough for tests.
    static func tiny(
        tiesEmbeddings: Bool = true, usesBias: Bool = true,
        activation: Activation = .geluApproximate
    ) -> GPT.Configuration {
        GPT.Configuration(
            vocabularySize: 97, contextLength: 24, layers: 2, heads: 4, width: 32,
            tiesEmbeddings: tiesEmbeddings, usesBias: usesBias, activation: activation)
    }
}

/// A model whose every parameter is random, so that no two could be mixed up unnoticed.
func randomModel(_ configuration: GPT.Configuration, seed: UInt64 = 5) -> GPT {
    var generator = SplitMix64(seed: seed)
    var model = GPT(configuration, using: &generator)
    model.mapParameters { _, value in
        .normal(value.shape, standardDeviation: 0.3, using: &generator)
    }
    return model
}

/// Whether two models have the same parameters, bit by bit.
func haveSameParameters(_ a: GPT, _ b: GPT) -> Bool {
    let (first, second) = (a.parameters, b.parameters)
    return first.count == second.count
        && zip(first, second).allSatisfy {
            $0.name == $1.name && $0.value.shape == $1.value.shape
                && $0.value.scalars.map(\.bitPattern) == $1.value.scalars.map(\.bitPattern)
        }
}
