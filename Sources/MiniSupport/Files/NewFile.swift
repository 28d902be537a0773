/// A file that is being written.
///
/// It is put on the disk by `commit()`; until then, nothing that was written has to be there.
package final class NewFile {
    private let path: String
    private let files: any FileOperations
    private var descriptor: Int32?

    /// Makes a file, which must not exist yet.
    ///
    /// - Parameter name: what to call it in errors, if not by its path.
    package init(
        _ path: String, reportedAs name: String? = nil, files: any FileOperations
    ) throws(FileFailure) {
        self.path = name ?? path
        self.files = files
        do throws(FileOperationFailure) {
            descriptor = try files.create(path)
        } catch {
            throw error.error(self.path)
        }
    }

    deinit {
        if let descriptor { try? files.close(descriptor) }
    }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
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

    /// Puts the file on the disk and closes it.
    package func commit() throws(FileFailure) {
        guard let descriptor else {
            preconditionFailure("The file \(path) was already committed.")
        }
        do throws(FileOperationFailure) {
            try files.synchronize(descriptor)
            self.descriptor = nil
            try files.close(descriptor)
        } catch {
            throw error.error(path)
        }
    }
}
