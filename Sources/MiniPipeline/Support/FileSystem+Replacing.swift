import Foundation
import MiniSupport

extension FileSystem {
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
