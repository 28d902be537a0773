import Foundation

/// Files that were never finished, because their process was killed.
package enum Leftovers {
    /// Deletes those of a folder; whoever does that holds the lock of the project.
    package static func remove(from folder: URL) {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix(".") && name.contains(".tmp-") {
            try? files.removeItem(at: folder.appendingPathComponent(name))
        }
    }
}
