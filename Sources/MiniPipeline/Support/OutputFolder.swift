import Foundation

/// The folder that a training leaves its files in.
public struct OutputFolder: Sendable {
    /// The folder.
    public let url: URL

    /// Says whether the folder can be made and files written in it, without doing that.
    ///
    /// - Parameters:
    ///   - setting: the setting that names the folder, for errors.
    ///   - names: the files.
    /// - Throws: `PipelineError` with the path that is in the way.
    public static func check(
        _ path: String, as setting: Setting? = nil, names: [String]
    ) throws(PipelineError) {
        guard !path.isEmpty else {
            throw PipelineError(
                setting: setting, setting == nil ? "The path of a folder is empty" : "is empty",
                [.advice("give the path of a folder")])
        }
        let files = FileManager.default
        var place = URL(fileURLWithPath: path).standardizedFileURL
        for name in names {
            let file = place.appendingPathComponent(name).path
            var isDirectory: ObjCBool = false
            if files.fileExists(atPath: file, isDirectory: &isDirectory),
                isDirectory.boolValue || !files.isWritableFile(atPath: file)
            {
                throw PipelineError(
                    setting: setting,
                    "\(path) cannot be used: \(file) is there and cannot be replaced.", [])
            }
        }
        while !files.fileExists(atPath: place.path), place.path != "/" {
            place.deleteLastPathComponent()
        }
        var isDirectory: ObjCBool = false
        _ = files.fileExists(atPath: place.path, isDirectory: &isDirectory)
        guard isDirectory.boolValue else {
            throw PipelineError(
                setting: setting,
                "\(path) cannot be made: \(place.path) is a file, not a folder.", [])
        }
        guard files.isWritableFile(atPath: place.path) else {
            throw PipelineError(
                setting: setting,
                "\(path) cannot be made: no permission to write in \(place.path).", [])
        }
    }

    /// Makes the folder if it is not there.
    ///
    /// - Throws: `PipelineError` with the reason.
    public init(creating path: String, as setting: Setting? = nil) throws(PipelineError) {
        url = URL(fileURLWithPath: path).standardizedFileURL
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw PipelineError(
                setting: setting, "\(path) cannot be made: \(error.localizedDescription)", [])
        }
    }

    /// Writes a whole file at once: the old one stays if that fails.
    public func write(_ text: String, to name: String) throws(PipelineError) {
        do {
            try Data(text.utf8).write(to: url.appendingPathComponent(name), options: .atomic)
        } catch {
            throw PipelineError(
                "\(url.appendingPathComponent(name).path) cannot be written: \(error.localizedDescription)"
            )
        }
    }

    /// A file that begins with a text and grows from there.
    func open(_ name: String, beginning text: String) throws(PipelineError) -> FileHandle {
        // The text as a whole, under the name of the old file at one moment: nothing is lost when
        // the program ends here.
        try write(text, to: name)
        guard let handle = FileHandle(forWritingAtPath: url.appendingPathComponent(name).path)
        else {
            throw PipelineError(
                "\(url.appendingPathComponent(name).path) cannot be opened for writing.")
        }
        _ = try? handle.seekToEnd()
        return handle
    }
}
