import Foundation

/// Temporary files whose writer was killed before it could give them their names.
package enum UnfinishedFiles {
    /// Deletes those of a folder; the caller holds the project's lock, so nobody is writing them.
    package static func remove(from folder: URL) {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix(".") && name.contains(".tmp-") {
            try? files.removeItem(at: folder.appendingPathComponent(name))
        }
    }
}
