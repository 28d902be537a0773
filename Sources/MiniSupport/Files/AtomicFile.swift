import Foundation

/// A file that appears whole or not at all.
///
/// It is written under a temporary name beside its place, put on the disk, renamed, and the directory
/// put on the disk: at any moment, even when the power fails, the name leads to the old contents or
/// to all of the new (Pillai et al. 2014, "All file systems are not created equal").
package final class AtomicFile {
    private let path: String
    private let directory: String
    private let temporaryPath: String
    private let files: any FileOperations
    private let file: NewFile
    private var isRenamed = false

    /// Makes the temporary file.
    package init(
        _ url: URL, files: any FileOperations = SystemFileOperations()
    ) throws(FileFailure) {
        path = url.path
        self.files = files
        let parent = url.deletingLastPathComponent()
        directory = parent.path
        temporaryPath =
            parent.appendingPathComponent(temporaryName(for: url.lastPathComponent)).path
        file = try NewFile(temporaryPath, reportedAs: path, files: files)
    }

    deinit {
        // Given up half-way: leave nothing behind. Should that fail too, the temporary name says
        // what the file is.
        if !isRenamed { try? files.remove(temporaryPath) }
    }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
        try file.write(bytes)
    }

    /// Appends bytes.
    package func write(_ bytes: some Sequence<UInt8>) throws(FileFailure) {
        let array = Array(bytes)
        var failure: FileFailure?
        array.withUnsafeBytes { buffer in
            do throws(FileFailure) {
                try write(buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Puts the file on the disk, under its name.
    package func commit() throws(FileFailure) {
        try file.commit()
        do throws(FileOperationFailure) {
            try files.rename(temporaryPath, to: path)
            isRenamed = true
            try files.synchronizeDirectory(directory)
        } catch {
            throw error.error(path)
        }
    }

    /// Writes a whole small file.
    package static func write(
        _ bytes: some Sequence<UInt8>, to url: URL,
        files: any FileOperations = SystemFileOperations()
    ) throws(FileFailure) {
        let file = try AtomicFile(url, files: files)
        try file.write(bytes)
        try file.commit()
    }
}

/// A name for what is not finished yet: hidden, and like no other process's.
package func temporaryName(for name: String) -> String {
    let mark = "\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0 ... .max))"
    return ".\(name).tmp-\(mark)"
}
