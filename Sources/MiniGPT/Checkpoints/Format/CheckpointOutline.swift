import Foundation

/// What a checkpoint is, from its manifest alone: cheap, for lists of models.
///
///     for directory in CheckpointOutline.directories(in: folder) {
///         print(try CheckpointOutline(of: directory).progress.step)
///     }
///
/// The lengths of all files are compared with the manifest; the weights are not read.
public struct CheckpointOutline: Sendable {
    /// One of its files.
    public struct File: Sendable, Codable, Equatable {
        /// Its name in the directory.
        public let name: String
        /// How large it is.
        public let bytes: Int
        /// Its CRC-64, 16 digits.
        public let checksum: String
    }

    /// Where it is.
    public let directory: URL
    /// The kind of model.
    public let kind: String
    /// The size and kind of the model by names and values; `nil` in checkpoints of format version 1.
    public let modelSettings: TrainingSettings?
    /// How far the training had come.
    public let progress: Checkpoint.Progress
    /// How it was trained.
    public let options: Trainer.Options
    /// All that decided the result.
    public let settings: TrainingSettings
    /// What it was computed with.
    public let machine: Checkpoint.Machine
    /// Its files, but for the manifest.
    public let files: [File]

    /// Reads the manifest of a checkpoint's directory.
    ///
    /// - Throws: `CheckpointError` naming the file that is missing, damaged or of another length.
    public init(of directory: URL) throws(CheckpointError) {
        let reader = try CheckpointReader(directory)
        let manifest = reader.manifest
        self.directory = directory
        kind = reader.modelKind
        modelSettings = manifest.model?.settings
        progress = manifest.progress
        options = manifest.options
        settings = manifest.settings
        machine = manifest.machine
        files = manifest.files.map {
            File(name: $0.name, bytes: $0.bytes, checksum: $0.checksum.description)
        }
    }

    /// The configuration of the model, which must be a GPT.
    ///
    /// - Throws: `CheckpointError` if it is another kind of model, or its file is not as it was written.
    public func configuration() throws(CheckpointError) -> GPT.Configuration {
        try CheckpointReader(directory).configuration()
    }

    /// How many parameters the model has, of any kind: the header of its weights is read.
    ///
    /// - Throws: `CheckpointError` if the header is not as it was written.
    public func parameterCount() throws(CheckpointError) -> Int {
        try CheckpointReader(directory).parameterCount()
    }

    /// The tokenizer, if the checkpoint has one.
    ///
    /// - Throws: `CheckpointError` if its file is not as it was written.
    public func tokenizer() throws(CheckpointError) -> SavedTokenizer? {
        try CheckpointReader(directory).tokenizer()
    }

    /// Whether there is a manifest in a directory: whether it means to be a checkpoint.
    public static func isCheckpoint(_ directory: URL) -> Bool {
        access(directory.appendingPathComponent(CheckpointManifest.name).path, F_OK) == 0
    }

    /// The directories of all checkpoints in a directory, the newest first, whole or not.
    public static func directories(in directory: URL) -> [URL] {
        CheckpointName.all(in: directory).map {
            directory.appendingPathComponent($0.description, isDirectory: true)
        }
    }
}
