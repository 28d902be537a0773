import Foundation

/// Questions and actions about files and folders.
enum FileSystem {
    /// What is at a path.
    enum Kind { case file, folder, missing }

    static func kind(of url: URL) -> Kind {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            return .missing
        }
        return isFolder.boolValue ? .folder : .file
    }

    /// The size of a file, or of all files in a folder.
    static func bytes(of url: URL) -> Int {
        let files = FileManager.default
        guard kind(of: url) == .folder else {
            return (try? url.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0
        }
        let names = (try? files.subpathsOfDirectory(atPath: url.path)) ?? []
        return names.reduce(0) { sum, name in
            let path = url.appendingPathComponent(name)
            return kind(of: path) == .file ? sum + bytes(of: path) : sum
        }
    }

    /// Puts a finished folder in the place of another, or where nothing is.
    static func replace(_ url: URL, with finished: URL) throws(PipelineError) {
        let old = url.deletingLastPathComponent().appendingPathComponent(
            ".\(url.lastPathComponent).old-\(ProcessInfo.processInfo.processIdentifier)")
        let files = FileManager.default
        do {
            if kind(of: url) != .missing { try files.moveItem(at: url, to: old) }
            try files.moveItem(at: finished, to: url)
            if kind(of: old) != .missing { try files.removeItem(at: old) }
        } catch {
            throw PipelineError("\(url.path) cannot be written: \(error.localizedDescription)")
        }
    }
}
