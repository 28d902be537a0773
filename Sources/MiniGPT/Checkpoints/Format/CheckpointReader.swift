import Foundation
import MiniNN
import MiniSupport
import MiniTensor

/// Reads a checkpoint and compares every byte with the checksums of its manifest.
struct CheckpointReader {
    private let directory: URL
    let manifest: CheckpointManifest

    /// Reads the manifest and looks at the lengths of the other files.
    init(_ directory: URL) throws(CheckpointError) {
        self.directory = directory
        manifest = try CheckpointManifest(in: directory)
        for record in manifest.files {
            guard URL(fileURLWithPath: record.name).lastPathComponent == record.name else {
                throw damaged(
                    CheckpointManifest.name,
                    "\(quoted(record.name)) is not the name of a file beside it.")
            }
            _ = try open(record)
        }
    }

    /// Reads everything.
    func checkpoint() throws(CheckpointError) -> Checkpoint {
        let model = try model()
        var checkpoint = Checkpoint(
            model: model, optimizer: try optimizer(of: model), progress: manifest.progress,
            options: manifest.options, settings: manifest.settings, tokenizer: try tokenizer())
        checkpoint.machine = manifest.machine
        return checkpoint
    }

    // MARK: Files

    private func damaged(_ name: String, _ problem: String) -> CheckpointError {
        .damaged(path: directory.appendingPathComponent(name).path, problem: problem)
    }

    private func record(_ name: String) throws(CheckpointError) -> CheckpointManifest.File {
        guard let record = manifest.file(name) else {
            throw damaged(CheckpointManifest.name, "it does not list \(name).")
        }
        return record
    }

    private func open(_ record: CheckpointManifest.File) throws(CheckpointError) -> ReadableFile {
        let file = try asCheckpointError { () throws(FileFailure) in
            try ReadableFile(directory.appendingPathComponent(record.name))
        }
        guard file.size == record.bytes else {
            throw damaged(
                record.name, "it has \(file.size) bytes, but \(record.bytes) were written.")
        }
        return file
    }

    /// The whole of a small file.
    private func contents(_ name: String) throws(CheckpointError) -> [UInt8] {
        let record = try record(name)
        let file = try open(record)
        let bytes = try asCheckpointError { () throws(FileFailure) in
            try file.bytes(at: 0, count: file.size)
        }
        try compare(CRC64(bytes), record.checksum, "its bytes", name)
        return bytes
    }

    private func compare(
        _ found: CRC64, _ expected: Checksum?, _ what: String, _ name: String
    ) throws(CheckpointError) {
        let found = Checksum(found)
        guard found == expected else {
            throw damaged(
                name,
                "\(what) have the checksum \(found), but \(expected?.description ?? "none") was noted."
            )
        }
    }

    // MARK: Contents

    /// The kind of model.
    var modelKind: String { manifest.model?.kind ?? GPT.kind }

    /// The configuration of a GPT.
    func configuration() throws(CheckpointError) -> GPT.Configuration {
        guard modelKind == GPT.kind else {
            throw .otherModel([
                SettingChange(name: "kind of model", before: modelKind, now: GPT.kind)
            ])
        }
        return try GPT.Configuration(
            checkpointFile: try contents(CheckpointFiles.configuration),
            path: directory.appendingPathComponent(CheckpointFiles.configuration).path)
    }

    /// The numbers that the file of the weights holds, by its header.
    func parameterCount() throws(CheckpointError) -> Int {
        try TensorFile(self, CheckpointFiles.model).file.entries
            .reduce(0) { $0 + $1.shape.reduce(1, *) }
    }

    func tokenizer() throws(CheckpointError) -> SavedTokenizer? {
        guard manifest.file(CheckpointFiles.tokenizer) != nil else { return nil }
        return SavedTokenizer(contents: try contents(CheckpointFiles.tokenizer))
    }

    private func model() throws(CheckpointError) -> ModelState {
        let file = try TensorFile(self, CheckpointFiles.model)
        if modelKind == GPT.kind {
            // Names and shapes are compared with the configuration before anything is read.
            let configuration = try configuration()
            let model = try asCheckpointError { () throws(InterchangeError) in
                try GPT(configuration, weights: file.file)
            }
            var checked = file
            for (name, value) in model.parameters.sorted(by: SafetensorsFile.precedes) {
                try checked.check(name, value)
            }
            try checked.finish()
            return ModelState(model)
        }
        return ModelState(
            kind: modelKind, configuration: try contents(CheckpointFiles.configuration),
            settings: manifest.model?.settings ?? TrainingSettings([:]),
            parameters: try file.readAll())
    }

    private func optimizer(of model: ModelState) throws(CheckpointError) -> OptimizerState {
        let saved = manifest.optimizer
        var state = OptimizerState(kind: saved.kind)
        state.integers = saved.integers ?? ["step": manifest.progress.step]
        state.numbers = saved.numbers ?? [:]
        state.counts = saved.counts ?? [:]
        let states = saved.tensors ?? ["first", "second"]
        for name in states { state.tensors[name] = [:] }
        let shapes = Dictionary(
            model.parameters.map { ($0.name, $0.value.shape) },
            uniquingKeysWith: { first, _ in first })
        for (name, value) in try TensorFile(self, CheckpointFiles.optimizer).readAll() {
            let found = states.filter { name.hasSuffix("." + $0) }.max { $0.count < $1.count }
            let parameter = String(name.dropLast((found ?? "").count + 1))
            guard let found, shapes[parameter] == value.shape else {
                throw damaged(
                    CheckpointFiles.optimizer,
                    "\(quoted(name)) of shape \(value.shape) belongs to no parameter of the model.")
            }
            state.tensors[found]?[parameter] = value
        }
        for (name, tensors) in state.tensors where !tensors.isEmpty {
            if let missing = model.parameters.first(where: { tensors[$0.name] == nil }),
                state.kind == AdamW.kind
            {
                throw damaged(
                    CheckpointFiles.optimizer,
                    "it does not hold the tensor \(quoted(name)) of \(missing.name).")
            }
        }
        return state
    }

    /// A file with tensors of which each is checked after it was read.
    private struct TensorFile {
        let file: SafetensorsFile
        private let reader: CheckpointReader
        private let record: CheckpointManifest.File
        private var checksum: CRC64
        private var checkedCount = 0

        /// Opens the file and checks the bytes before the numbers.
        init(_ reader: CheckpointReader, _ name: String) throws(CheckpointError) {
            self.reader = reader
            let record = try reader.record(name)
            self.record = record
            let open = try reader.open(record)
            guard let headerBytes = record.headerBytes, headerBytes >= 0, headerBytes <= open.size
            else {
                throw reader.damaged(CheckpointManifest.name, "it lists no header of \(name).")
            }
            let header = try asCheckpointError { () throws(FileFailure) in
                try open.bytes(at: 0, count: headerBytes)
            }
            checksum = CRC64(header)
            try reader.compare(checksum, record.headerChecksum, "the bytes of its header", name)
            file = try asCheckpointError { () throws(InterchangeError) in
                try SafetensorsFile(open, URL(fileURLWithPath: open.path))
            }
        }

        /// Compares the numbers of a tensor, which are in memory as they are in the file. The tensors
        /// must come in the order of the file.
        mutating func check(_ name: String, _ value: Tensor) throws(CheckpointError) {
            let value = value.contiguous()
            let found = CRC64.inParallel(
                UnsafeRawBufferPointer(start: value.pointer, count: 4 * value.count))
            withExtendedLifetime(value) {}
            try reader.compare(
                found, record.tensors?[name], "the numbers of \(quoted(name))", record.name)
            checksum.append(found)
            checkedCount += 1
        }

        /// Reads and checks all tensors.
        consuming func readAll() throws(CheckpointError) -> [(name: String, value: Tensor)] {
            var values: [(name: String, value: Tensor)] = []
            for entry in file.entries {
                let value = try asCheckpointError { () throws(InterchangeError) in
                    try file.tensor(entry.name)
                }
                try check(entry.name, value)
                values.append((entry.name, value))
            }
            try finish()
            return values
        }

        /// Compares the file as a whole.
        func finish() throws(CheckpointError) {
            guard checkedCount == record.tensors?.count else {
                throw reader.damaged(
                    CheckpointManifest.name, "it does not list the tensors of \(record.name).")
            }
            try reader.compare(checksum, record.checksum, "its bytes", record.name)
        }
    }
}

extension Checkpoint {
    /// Reads a checkpoint's directory, `step-00001200`.
    ///
    /// Every byte is compared with a checksum. Nothing is locked: of a directory that a training is
    /// writing to, a checkpoint can be deleted while it is read, which is an error.
    ///
    /// - Throws: `CheckpointError` naming the file, and of a damaged one what in it.
    public init(contentsOf directory: URL) throws(CheckpointError) {
        self = try CheckpointReader(directory).checkpoint()
    }
}

extension GPT {
    /// The GPT of a checkpoint.
    ///
    /// - Throws: `CheckpointError` if the checkpoint is of another kind of model, or does not hold the
    ///   parameters of its configuration.
    public init(_ checkpoint: Checkpoint) throws(CheckpointError) {
        let state = checkpoint.model
        guard state.kind == GPT.kind else {
            throw .otherModel([
                SettingChange(name: "kind of model", before: state.kind, now: GPT.kind)
            ])
        }
        let path = "the checkpoint's \(CheckpointFiles.configuration)"
        let configuration = try GPT.Configuration(checkpointFile: state.configuration, path: path)
        self = try asCheckpointError { () throws(InterchangeError) in
            try GPT.skeleton(configuration, path: path, weightCount: state.parameters.count)
        }
        try state.restore(&self)
    }
}

extension GPT.Configuration {
    /// Reads the `config.json` of a checkpoint.
    init(checkpointFile bytes: [UInt8], path: String) throws(CheckpointError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw .damaged(path: path, problem: "it is not the JSON of a configuration: \(error)")
        }
    }
}
