import Foundation
import MiniGPT

/// What a stage was asked to do, what it read and what it left, noted down when it was done.
public struct StageRecord: Sendable, Codable, Equatable {
    /// When the stage was done.
    public var finished: Date
    /// What was chosen, by the names of the settings.
    public var settings: [String: String]
    /// Figures of the result by name: "documents", "tokens", "validationLoss".
    public var facts: [String: Double]
    /// The files that the stage read.
    public var inputs: [FileRecord]
    /// The files that the stage left.
    public var outputs: [FileRecord]

    /// A record of a stage that ends now.
    public init(
        settings: [String: String] = [:], facts: [String: Double] = [:],
        inputs: [FileRecord] = [], outputs: [FileRecord] = []
    ) {
        // Whole seconds: the file holds no more.
        finished = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
        self.settings = settings
        self.facts = facts
        self.inputs = inputs
        self.outputs = outputs
    }
}

/// A file as it was when a stage was done.
public struct FileRecord: Sendable, Codable, Equatable {
    /// The file's path in the project's directory; of a file elsewhere its whole path.
    public var path: String
    /// The file's size in bytes.
    public var bytes: Int
    /// The CRC-64 of the file's contents, as 16 hexadecimal digits.
    public var checksum: String
}

extension FileRecord {
    /// Reads a file once and notes it down.
    ///
    /// - Throws: `PipelineError` if it cannot be read.
    init(_ url: URL, in project: Project) throws(PipelineError) {
        let (bytes, checksum) = try Self.measure(url)
        self.init(path: project.relativePath(url), bytes: bytes, checksum: checksum)
    }

    /// The size and the checksum of a file, read in pieces.
    package static func measure(_ url: URL) throws(PipelineError) -> (Int, String) {
        guard let handle = try? FileHandle(forReadingFrom: url) else {
            throw PipelineError("\(url.path) cannot be read; is it there?")
        }
        defer { try? handle.close() }
        var checksum = CRC64()
        while true {
            let piece: Data?
            do {
                piece = try handle.read(upToCount: 1 << 20)
            } catch {
                throw PipelineError("\(url.path) cannot be read: \(error.localizedDescription)")
            }
            guard let piece, !piece.isEmpty else { break }
            piece.withUnsafeBytes { checksum.update($0) }
        }
        return (checksum.count, Checksum(checksum).description)
    }
}
