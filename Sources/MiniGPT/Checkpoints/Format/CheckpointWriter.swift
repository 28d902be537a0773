import Foundation
import MiniNN
import MiniSupport
import MiniTensor

/// Writes the files of a checkpoint into a directory, each put on the disk, the manifest last.
struct CheckpointWriter {
    private let directory: String
    private let files: any FileOperations
    private var records: [CheckpointManifest.File] = []
    /// How much is checked and then written at a time: it should stay in the cache in between.
    private static let pieceBytes = 1 << 18

    /// Writes everything.
    ///
    /// - Returns: the manifest.
    static func write(
        _ checkpoint: Checkpoint, to directory: String, files: any FileOperations
    ) throws(CheckpointError) -> CheckpointManifest {
        var writer = CheckpointWriter(directory: directory, files: files)
        return try asCheckpointError { () throws(FileFailure) in
            try writer.write(checkpoint)
        }
    }

    private init(directory: String, files: any FileOperations) {
        self.directory = directory
        self.files = files
    }

    private mutating func write(
        _ checkpoint: Checkpoint
    ) throws(FileFailure) -> CheckpointManifest {
        let (model, optimizer) = (checkpoint.model, checkpoint.optimizer)
        try write(CheckpointFiles.configuration, model.configuration)
        if let tokenizer = checkpoint.tokenizer {
            try write(CheckpointFiles.tokenizer, tokenizer.contents)
        }
        try write(CheckpointFiles.model, model.parameters)
        try write(
            CheckpointFiles.optimizer,
            optimizer.tensors.flatMap { state, values in
                values.map { (name: "\($0.key).\(state)", value: $0.value) }
            })
        let manifest = CheckpointManifest(
            progress: checkpoint.progress, options: checkpoint.options,
            model: .init(kind: model.kind, settings: model.settings),
            optimizer: .init(
                kind: optimizer.kind, integers: optimizer.integers, numbers: optimizer.numbers,
                counts: optimizer.counts.filter { !$0.value.isEmpty },
                tensors: optimizer.tensors.keys.sorted()),
            settings: checkpoint.settings, machine: checkpoint.machine, files: records)
        try write(CheckpointManifest.name, manifest.bytes)
        return manifest
    }

    private mutating func write(_ name: String, _ bytes: [UInt8]) throws(FileFailure) {
        var file = try ChecksummedFile("\(directory)/\(name)", files)
        try file.write(bytes)
        try file.commit()
        records.append(
            .init(name: name, bytes: file.checksum.count, checksum: Checksum(file.checksum)))
    }

    /// Writes a file with tensors, as single-precision numbers.
    private mutating func write(
        _ name: String, _ tensors: [(name: String, value: Tensor)]
    ) throws(FileFailure) {
        let sorted = SafetensorsFile.sortedByName(tensors)
        var file = try ChecksummedFile("\(directory)/\(name)", files)
        try file.write(SafetensorsFile.header(sorted))
        let header = file.checksum
        var checksums: [String: Checksum] = [:]
        for (name, value) in sorted {
            let value = value.contiguous()
            let bytes = UnsafeRawBufferPointer(start: value.pointer, count: 4 * value.count)
            var checksum = CRC64()
            for start in stride(from: 0, to: bytes.count, by: Self.pieceBytes) {
                let end = Swift.min(bytes.count, start + Self.pieceBytes)
                let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                checksum.update(piece)
                try file.write(piece)
            }
            withExtendedLifetime(value) {}
            file.checksum.append(checksum)
            checksums[name] = Checksum(checksum)
        }
        try file.commit()
        records.append(
            .init(
                name: name, bytes: file.checksum.count, checksum: Checksum(file.checksum),
                headerBytes: header.count, headerChecksum: Checksum(header), tensors: checksums))
    }
}

/// A new file, and the checksum of what was written to it.
private struct ChecksummedFile {
    private let file: NewFile
    var checksum = CRC64()

    init(_ path: String, _ files: any FileOperations) throws(FileFailure) {
        file = try NewFile(path, files: files)
    }

    mutating func write(_ bytes: [UInt8]) throws(FileFailure) {
        // A pointer into the array cannot be handed to a closure that throws a typed error.
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        try write(UnsafeRawBufferPointer(memory))
        checksum.append(CRC64(bytes))
    }

    /// Writes bytes whose checksum the caller adds.
    func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) { try file.write(bytes) }

    func commit() throws(FileFailure) { try file.commit() }
}

/// The names of the files of a checkpoint.
enum CheckpointFiles {
    static let configuration = "config.json"
    static let tokenizer = "tokenizer.json"
    static let model = "model.safetensors"
    static let optimizer = "optimizer.safetensors"
}
