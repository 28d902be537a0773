import Foundation
import MiniSupport

/// `manifest.json`: what the other files of a checkpoint hold, and the checksums of all, itself
/// included.
///
/// The last member is the checksum of all bytes before its line, so that the file can be checked
/// before a word of it is believed.
struct CheckpointManifest: Codable, Equatable, Sendable {
    static let name = "manifest.json"
    static let formatVersion = 2
    /// Version 1 knew GPT and AdamW only, and named neither the kind of model nor the state.
    private static let readableVersions = 1...formatVersion
    private static let sizeLimit = 32 << 20

    /// One of the other files.
    struct File: Codable, Equatable, Sendable {
        let name: String
        let bytes: Int
        let checksum: Checksum
        /// The bytes before the numbers, of a file with tensors.
        var headerBytes: Int?
        var headerChecksum: Checksum?
        /// The numbers of each tensor, by name.
        var tensors: [String: Checksum]?
    }

    /// What a model is, besides its configuration and its parameters.
    struct Model: Codable, Equatable, Sendable {
        let kind: String
        let settings: TrainingSettings
    }

    /// The state of an optimizer, besides its tensors.
    struct Optimizer: Codable, Equatable, Sendable {
        let kind: String
        var integers: [String: Int]?
        var numbers: [String: Float]?
        var counts: [String: [String: Int]]?
        /// The names of its tensors: one that is `first` belongs to a parameter `weight` under the name
        /// `weight.first`.
        var tensors: [String]?
    }

    var format = "MiniGPT checkpoint"
    var version = formatVersion
    let progress: Checkpoint.Progress
    let options: Trainer.Options
    /// `nil` in version 1: a GPT.
    var model: Model?
    let optimizer: Optimizer
    let settings: TrainingSettings
    let machine: Checkpoint.Machine
    let files: [File]

    func file(_ name: String) -> File? { files.first { $0.name == name } }
}

// MARK: - Bytes

extension CheckpointManifest {
    private static let ending = Array("\n}".utf8)

    private static func seal(_ body: ArraySlice<UInt8>) -> [UInt8] {
        let checksum = body.withUnsafeBytes { CRC64($0) }
        return Array(",\n  \"checksum\" : \"\(Checksum(checksum))\"\n}\n".utf8)
    }

    private static let sealLength = seal([]).count

    /// The file, sealed.
    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = Self.strangeNumbers
        do {
            let text = [UInt8](try encoder.encode(self))
            precondition(text.suffix(2).elementsEqual(Self.ending), "JSON should end with a brace.")
            let body = text.dropLast(2)
            return body + Self.seal(body)
        } catch {
            preconditionFailure("The manifest of a checkpoint could not be written: \(error)")
        }
    }

    private static let strangeNumbers = JSONEncoder.NonConformingFloatEncodingStrategy
        .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")

    /// Reads a manifest.
    ///
    /// - Parameter path: names the file in errors.
    init(_ bytes: [UInt8], path: String) throws(CheckpointError) {
        func damaged(_ problem: String) -> CheckpointError {
            .damaged(path: path, problem: problem)
        }
        let body = bytes.dropLast(Self.sealLength)
        guard bytes.count > Self.sealLength, bytes.suffix(Self.sealLength) == Self.seal(body)[...]
        else { throw damaged("its bytes do not have the checksum at its end.") }

        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            self = try decoder.decode(Self.self, from: Data(bytes))
        } catch {
            // Another version may have other members.
            let version = try? decoder.decode(Version.self, from: Data(bytes)).version
            throw version.map(Self.readableVersions.contains) ?? true
                ? damaged("it is not the JSON of a manifest: \(error)")
                : damaged(Self.sentence(version: version ?? 0))
        }
        guard Self.readableVersions.contains(version) else {
            throw damaged(Self.sentence(version: version))
        }
        guard progress.step >= 0, progress.tokensSeen >= 0,
            progress.generatorState
                == TrainingOptions.generator(seed: progress.seed, step: progress.step).state
        else {
            throw damaged("the state of the generator is not that of the seed and the step.")
        }
    }

    private static func sentence(version: Int) -> String {
        "it has version \(version) of the format; this program reads \(readableVersions.lowerBound) to \(readableVersions.upperBound)."
    }

    private struct Version: Decodable {
        let version: Int
    }

    /// Reads the manifest of a checkpoint's directory.
    init(in directory: URL) throws(CheckpointError) {
        let url = directory.appendingPathComponent(Self.name)
        let bytes = try asCheckpointError { () throws(FileFailure) in
            try ReadableFile.contents(of: url, limit: Self.sizeLimit)
        }
        try self.init(bytes, path: url.path)
    }
}
