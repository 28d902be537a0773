import Foundation
import MiniPipeline

/// What is there already is replaced only if the user says so.
enum Overwriting {
    static func check(_ url: URL, force: Bool) throws {
        var isFolder: ObjCBool = false
        guard !force, FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        else { return }
        if isFolder.boolValue {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
            if names.isEmpty { return }
        }
        throw PipelineError("\(url.path) is there already; add --force to replace it.")
    }
}
