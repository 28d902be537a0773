#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads a file from start to end through the system's calls.
package final class FileReader {
    private let descriptor: Int32
    private let path: String

    package init(_ path: String) throws(TokenizerError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw Self.failure(path) }
    }

    deinit { close(descriptor) }

    private static func failure(_ path: String) -> TokenizerError {
        .unreadableFile(file: path, reason: String(cString: strerror(errno)))
    }

    /// Reads up to `count` bytes; 0 means the end of the file.
    package func read(
        into target: UnsafeMutablePointer<UInt8>, count: Int
    ) throws(TokenizerError) -> Int {
        var total = 0
        while total < count {
            #if canImport(Glibc)
                let got = Glibc.read(descriptor, target + total, count - total)
            #elseif canImport(Musl)
                let got = Musl.read(descriptor, target + total, count - total)
            #else
                let got = Darwin.read(descriptor, target + total, count - total)
            #endif
            if got < 0 {
                if errno == EINTR { continue }
                throw Self.failure(path)
            }
            if got == 0 { break }
            total += got
        }
        return total
    }

    /// The size of a regular file.
    package static func size(of path: String) throws(TokenizerError) -> Int {
        var information = stat()
        guard stat(path, &information) == 0 else { throw failure(path) }
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw .unreadableFile(file: path, reason: "It is not a regular file.")
        }
        return Int(information.st_size)
    }

    package static func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a directory, sorted.
    package static func names(in folder: String) throws(TokenizerError) -> [String] {
        guard let directory = opendir(folder) else { throw failure(folder) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            // The name is a tuple of fixed size that ends with a zero.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(
                    to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)
                ) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Refuses a file, or text from memory in its place, of more than `limit` bytes.
    package static func checkSize(
        _ size: Int, of file: String, limit: Int = TokenizerLimits.fileSize
    ) throws(TokenizerError) {
        guard size <= limit else {
            throw .malformedFile(
                file: file, entry: "size", reason: "\(size) bytes are more than \(limit).",
                byteOffset: nil)
        }
    }

    /// The whole content of a file that is at most `limit` bytes long.
    package static func contents(
        of path: String, limit: Int = TokenizerLimits.fileSize
    ) throws(TokenizerError) -> [UInt8] {
        let size = try size(of: path)
        try checkSize(size, of: path, limit: limit)
        let reader = try FileReader(path)
        // The file may have shrunk or grown since; what is read now counts.
        var failure: TokenizerError?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, count in
            do throws(TokenizerError) {
                count = try reader.read(into: buffer.baseAddress!, count: size)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// The first bytes of a file.
    package static func head(of path: String, count: Int) throws(TokenizerError) -> [UInt8] {
        _ = try size(of: path)
        let reader = try FileReader(path)
        return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) {
            (buffer) throws(TokenizerError) in
            let got = try reader.read(into: buffer.baseAddress!, count: count)
            return Array(buffer[..<got])
        }
    }

    /// Writes a file beside `path` and renames it, so that a reader never sees half of it.
    package static func write(_ bytes: [UInt8], to path: String) throws(TokenizerError) {
        let temporary = path + ".partial"
        let target = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if target < 0 { throw failure(temporary) }
        var written = 0
        while written < bytes.count {
            let got = bytes.withUnsafeBytes { raw in
                #if canImport(Glibc)
                    Glibc.write(target, raw.baseAddress! + written, raw.count - written)
                #elseif canImport(Musl)
                    Musl.write(target, raw.baseAddress! + written, raw.count - written)
                #else
                    Darwin.write(target, raw.baseAddress! + written, raw.count - written)
                #endif
            }
            if got < 0 {
                if errno == EINTR { continue }
                let error = failure(temporary)
                close(target)
                unlink(temporary)
                throw error
            }
            written += got
        }
        let synced = fsync(target) == 0
        let closed = close(target) == 0
        guard synced, closed, rename(temporary, path) == 0 else {
            let error = failure(path)
            unlink(temporary)
            throw error
        }
    }
}
