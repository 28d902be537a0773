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
    private var descriptor: Int32?
    private var exists: Bool

    /// Makes the temporary file.
    package init(
        _ url: URL, files: any FileOperations = SystemFileOperations()
    ) throws(InterchangeError) {
        path = url.path
        self.files = files
        let parent = url.deletingLastPathComponent()
        directory = parent.path
        let mark = "\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0 ... .max))"
        temporaryPath = parent.appendingPathComponent(".\(url.lastPathComponent).tmp-\(mark)").path
        exists = false
        do throws(FileOperationFailure) {
            descriptor = try files.create(temporaryPath)
            exists = true
        } catch {
            throw error.error(path)
        }
    }

    deinit {
        // Given up half-way: leave nothing behind. Should that fail too, the temporary name says
        // what the file is.
        if let descriptor { try? files.close(descriptor) }
        if exists { try? files.remove(temporaryPath) }
    }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(InterchangeError) {
        guard let descriptor else {
            preconditionFailure("The file \(path) was already committed; nothing can be appended.")
        }
        var rest = bytes
        do throws(FileOperationFailure) {
            while !rest.isEmpty {
                let written = try files.write(rest, to: descriptor)
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
        } catch {
            throw error.error(path)
        }
    }

    /// Appends bytes.
    package func write(_ bytes: some Sequence<UInt8>) throws(InterchangeError) {
        let array = Array(bytes)
        var failure: InterchangeError?
        array.withUnsafeBytes { buffer in
            do throws(InterchangeError) {
                try write(buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Puts the file on the disk, under its name.
    package func commit() throws(InterchangeError) {
        guard let descriptor else {
            preconditionFailure("The file \(path) was already committed.")
        }
        do throws(FileOperationFailure) {
            try files.synchronize(descriptor)
            self.descriptor = nil
            try files.close(descriptor)
            try files.rename(temporaryPath, to: path)
            exists = false
            try files.synchronizeDirectory(directory)
        } catch {
            throw error.error(path)
        }
    }

    /// Writes a whole small file.
    package static func write(
        _ bytes: some Sequence<UInt8>, to url: URL,
        files: any FileOperations = SystemFileOperations()
    ) throws(InterchangeError) {
        let file = try AtomicFile(url, files: files)
        try file.write(bytes)
        try file.commit()
    }
}
