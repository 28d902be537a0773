import Foundation

/// An open file that is read at any place, by any thread.
///
/// Weights are read with `pread` into memory the model keeps, never mapped: a mapped file that
/// another program shortens would end this one with a bus error.
package final class ReadableFile: Sendable {
    /// Where it is.
    package let path: String
    /// Its size in bytes when it was opened. Nothing is ever read or allocated beyond it.
    package let size: Int
    private let descriptor: Int32

    /// Opens a regular file.
    package init(_ url: URL) throws(FileFailure) {
        let path = url.path
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw .file(path: path, problem: "cannot be opened: \(systemMessage(errno)).")
        }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .file(path: path, problem: "is not a file.")
        }
        self.path = path
        self.size = Int(information.st_size)
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Fills `buffer` with the bytes from `offset` on.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileFailure) {
        guard offset >= 0, offset <= size, buffer.count <= size - offset else {
            throw .file(
                path: path,
                problem:
                    "has \(size) bytes, but \(buffer.count) from byte \(offset) on were needed.")
        }
        var done = 0
        while done < buffer.count {
            guard let start = buffer.baseAddress else { return }
            let count = pread(descriptor, start + done, buffer.count - done, off_t(offset + done))
            if count > 0 {
                done += count
            } else if count == 0 {
                throw .file(path: path, problem: "became shorter while it was read.")
            } else if errno != EINTR {
                throw .file(path: path, problem: "cannot be read: \(systemMessage(errno)).")
            }
        }
    }

    /// `count` bytes from `offset` on.
    package func bytes(at offset: Int, count: Int) throws(FileFailure) -> [UInt8] {
        guard count >= 0, offset >= 0, offset <= size, count <= size - offset else {
            throw .file(
                path: path,
                problem: "has \(size) bytes, but \(count) from byte \(offset) on were needed.")
        }
        var result = [UInt8](repeating: 0, count: count)
        var failure: FileFailure?
        result.withUnsafeMutableBytes { buffer in
            do throws(FileFailure) {
                try read(into: buffer, at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return result
    }

    /// The whole of a small file.
    package static func contents(of url: URL, limit: Int) throws(FileFailure) -> [UInt8] {
        let file = try ReadableFile(url)
        guard file.size <= limit else {
            throw .malformed(
                path: file.path, field: "the file",
                problem: "has \(file.size) bytes; at most \(limit) make sense.")
        }
        return try file.bytes(at: 0, count: file.size)
    }
}

extension ReadableFile {
    /// What the file is, if its first bytes tell.
    package func content() throws(FileFailure) -> UnexpectedContent? {
        UnexpectedContent(head: try bytes(at: 0, count: min(size, UnexpectedContent.headLength)))
    }

    /// The whole of a small text that came from elsewhere; what often stands in a file's place is
    /// named for what it is.
    package static func foreignText(of url: URL, limit: Int) throws(FileFailure) -> [UInt8] {
        if let mistake = try ReadableFile(url).mistaken() { throw mistake }
        return try contents(of: url, limit: limit)
    }

    /// The failure that says what the file is, if it can be told and is not what its reader expects.
    package func mistaken(for own: UnexpectedContent? = nil) throws(FileFailure) -> FileFailure? {
        guard size > 0, let content = try content(), content != own else { return nil }
        return .unsupported(path: path, content)
    }
}

extension FileFailure {
    /// A file that is something else than what its reader expects.
    package static func unsupported(path: String, _ content: UnexpectedContent) -> FileFailure {
        .unsupported(
            path: path, field: "the file", problem: String(content.sentence.dropFirst("It ".count)))
    }
}
