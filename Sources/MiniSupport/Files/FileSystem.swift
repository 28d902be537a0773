import Foundation

/// Questions about files and folders.
package enum FileSystem {
    /// What is at a path.
    package enum Kind { case file, folder, missing }

    /// What is at a path.
    package static func kind(of url: URL) -> Kind {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            return .missing
        }
        return isFolder.boolValue ? .folder : .file
    }

    /// The names in a folder; none if it cannot be read.
    package static func names(in folder: URL) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    }

    /// When something was last written to; long ago if it cannot be said.
    package static func modificationDate(of url: URL) -> Date {
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        return attributes?[.modificationDate] as? Date ?? .distantPast
    }

    /// The size of a file, or of all files in a folder, in bytes.
    package static func bytes(of url: URL) -> Int {
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
}
