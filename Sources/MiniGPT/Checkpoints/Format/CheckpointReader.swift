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
        let optimizer = try optimizer(of: model)
        var checkpoint = Checkpoint(
            model: model, optimizer: optimizer, progress: manifest.progress,
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

    func configuration() throws(CheckpointError) -> GPT.Configuration {
        let name = CheckpointFiles.configuration
        let bytes = try contents(name)
        do {
            return try JSONDecoder().decode(GPT.Configuration.self, from: Data(bytes))
        } catch {
            throw damaged(name, "it is not the JSON of a configuration: \(error)")
        }
    }

    func tokenizer() throws(CheckpointError) -> SavedTokenizer? {
        guard manifest.file(CheckpointFiles.tokenizer) != nil else { return nil }
        return SavedTokenizer(contents: try contents(CheckpointFiles.tokenizer))
    }

    private func model() throws(CheckpointError) -> GPT {
        let configuration = try configuration()
        let file = try TensorFile(self, CheckpointFiles.model)
        let model = try asCheckpointError { () throws(InterchangeError) in
            try GPT(configuration, weights: file.file)
        }
        var checked = file
        for (name, value) in model.parameters.sorted(by: SafetensorsFile.precedes) {
            try checked.check(name, value)
        }
        try checked.finish()
        return model
    }

    private func optimizer(of model: GPT) throws(CheckpointError) -> AdamW {
        let saved = manifest.optimizer
        guard saved.kind == "AdamW" else {
            throw damaged(
                CheckpointManifest.name,
                "its optimizer is \(quoted(saved.kind)); this program knows AdamW.")
        }
        let decayed = Set(saved.decayed)
        var optimizer = AdamW(
            learningRate: saved.learningRate, betas: (saved.beta1, saved.beta2), eps: saved.eps,
            weightDecay: saved.weightDecay)
        var file = try TensorFile(self, CheckpointFiles.optimizer)
        var moments: [AdamW.Moments] = []
        if !file.file.entries.isEmpty {
            var values: [String: Tensor] = [:]
            for entry in file.file.entries {
                let value = try asCheckpointError { () throws(InterchangeError) in
                    try file.file.tensor(entry.name)
                }
                try file.check(entry.name, value)
                values[entry.name] = value
            }
            for (name, parameter) in model.parameters {
                guard let first = values.removeValue(forKey: CheckpointFiles.first(name)),
                    let second = values.removeValue(forKey: CheckpointFiles.second(name)),
                    first.shape == parameter.shape, second.shape == parameter.shape
                else {
                    throw damaged(
                        CheckpointFiles.optimizer,
                        "it does not hold both averages of \(name) in the shape \(parameter.shape)."
                    )
                }
                moments.append(
                    .init(
                        name: name, first: first, second: second, decays: decayed.contains(name)))
            }
            if let name = values.keys.min() {
                throw damaged(
                    CheckpointFiles.optimizer, "\(quoted(name)) is no average of the model's.")
            }
        }
        try file.finish()
        optimizer.restore(step: manifest.progress.step, moments: moments)
        return optimizer
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
