import Foundation

/// Keeps a directory to one writer, for as long as it lives.
///
/// The system's lock on a file (`flock`): when the process ends, however it ends, the lock is gone.
/// The file stays; deleting it would let two writers lock two different files.
package final class WriterLock: Sendable {
    /// Why a directory could not be locked.
    package enum Failure: Error, Equatable, Sendable {
        /// The system refused a file operation.
        case file(path: String, problem: String)
        /// Another program, or another part of this one, writes to the directory.
        case locked(directory: String, process: String?)
    }

    static let name = ".lock"
    private let descriptor: Int32

    /// Locks a directory, which must exist.
    package init(_ directory: URL) throws(Failure) {
        let path = directory.appendingPathComponent(Self.name).path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw .file(path: path, problem: "cannot be opened: \(systemMessage(errno)).")
        }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else {
                throw .file(path: path, problem: "cannot be locked: \(systemMessage(code)).")
            }
            throw .locked(directory: directory.path, process: Self.owner(descriptor))
        }
        // Who it is, for the message to others; the lock does not depend on it.
        let text = Array("\(ProcessInfo.processInfo.processIdentifier)\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        self.descriptor = descriptor
    }

    deinit {
        // Not by closing alone: a process that is being started at this moment holds a copy of the
        // descriptor until it runs its program, and with it the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// The number of the process that wrote into the file.
    private static func owner(_ descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        let digits = bytes.prefix(Swift.max(0, count)).prefix { (0x30...0x39).contains($0) }
        return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
    }
}

extension WriterLock {
    /// The process that writes to a directory right now, as far as can be told without getting into
    /// its way.
    package static func holder(of directory: URL) -> Int32? {
        let descriptor = open(
            directory.appendingPathComponent(name).path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // Trying the lock alone would refuse a writer that starts at this moment.
        guard let number = owner(descriptor).flatMap({ Int32($0) }), number > 0,
            kill(number, 0) == 0 || errno == EPERM
        else { return nil }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else {
            flock(descriptor, LOCK_UN)
            return nil
        }
        return number
    }
}
