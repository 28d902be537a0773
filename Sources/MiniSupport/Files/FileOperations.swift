import Foundation

/// The calls to the system that writing a file takes, so that tests can make each of them fail.
package protocol FileOperations: Sendable {
    /// Makes a new file, which must not exist yet, and opens it for writing.
    func create(_ path: String) throws(FileOperationFailure) -> Int32
    /// Writes some of the bytes, at least one, and says how many.
    func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
    ) throws(FileOperationFailure) -> Int
    /// Waits until what was written is on the disk.
    func synchronize(_ descriptor: Int32) throws(FileOperationFailure)
    /// Closes a file; its descriptor is gone even when this fails.
    func close(_ descriptor: Int32) throws(FileOperationFailure)
    /// Gives a file another name, replacing the one that had it.
    func rename(_ path: String, to target: String) throws(FileOperationFailure)
    /// Waits until the names in a directory are on the disk.
    func synchronizeDirectory(_ path: String) throws(FileOperationFailure)
    /// Deletes a file.
    func remove(_ path: String) throws(FileOperationFailure)
    /// Makes a directory and those around it, if they are not there.
    func createDirectory(_ path: String) throws(FileOperationFailure)
    /// Deletes an empty directory.
    func removeDirectory(_ path: String) throws(FileOperationFailure)
}

/// A call to the system that failed.
package struct FileOperationFailure: Error, Equatable {
    /// What was tried: "written".
    package let verb: String
    /// The system's code, such as `ENOSPC`.
    package let code: Int32

    package init(_ verb: String, _ code: Int32) {
        self.verb = verb
        self.code = code
    }

    /// What failed, as the failure of a file.
    package func error(_ path: String) -> FileFailure {
        .file(path: path, problem: "could not be \(verb): \(systemMessage(code)).")
    }
}

/// The real ones.
package struct SystemFileOperations: FileOperations {
    package init() {}

    package func create(_ path: String) throws(FileOperationFailure) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileOperationFailure("made", errno) }
        return descriptor
    }

    package func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
    ) throws(FileOperationFailure) -> Int {
        while true {
            let count = Foundation.write(descriptor, bytes.baseAddress, bytes.count)
            if count > 0 { return count }
            if count < 0, errno == EINTR { continue }
            throw FileOperationFailure("written", count < 0 ? errno : ENOSPC)
        }
    }

    package func synchronize(_ descriptor: Int32) throws(FileOperationFailure) {
        while fsync(descriptor) != 0 {
            if errno != EINTR { throw FileOperationFailure("put on the disk", errno) }
        }
    }

    package func close(_ descriptor: Int32) throws(FileOperationFailure) {
        // After EINTR the descriptor is closed all the same.
        if Foundation.close(descriptor) != 0, errno != EINTR {
            throw FileOperationFailure("closed", errno)
        }
    }

    package func rename(_ path: String, to target: String) throws(FileOperationFailure) {
        if Foundation.rename(path, target) != 0 { throw FileOperationFailure("renamed", errno) }
    }

    package func synchronizeDirectory(_ path: String) throws(FileOperationFailure) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileOperationFailure("opened", errno) }
        defer { _ = Foundation.close(descriptor) }
        try synchronize(descriptor)
    }

    package func remove(_ path: String) throws(FileOperationFailure) {
        if unlink(path) != 0 { throw FileOperationFailure("deleted", errno) }
    }

    package func createDirectory(_ path: String) throws(FileOperationFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw FileOperationFailure("made", errno)
        }
    }

    package func removeDirectory(_ path: String) throws(FileOperationFailure) {
        if rmdir(path) != 0 { throw FileOperationFailure("deleted", errno) }
    }
}
