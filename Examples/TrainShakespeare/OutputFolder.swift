import Foundation

/// The folder of `--out`.
struct OutputFolder {
    let url: URL
    /// What is in it at the end.
    static let names = ["metrics.jsonl", "metrics.csv", "loss.svg", "sample.txt"]

    /// Says whether the folder can be made, without making it.
    ///
    /// - Throws: `UserError` with the path that is in the way.
    static func check(_ path: String) throws(UserError) {
        guard !path.isEmpty else { throw UserError("--out is empty; give the path of a folder.") }
        let files = FileManager.default
        var place = URL(fileURLWithPath: path).standardizedFileURL
        for name in names {
            let file = place.appendingPathComponent(name).path
            var isDirectory: ObjCBool = false
            if files.fileExists(atPath: file, isDirectory: &isDirectory),
                isDirectory.boolValue || !files.isWritableFile(atPath: file)
            {
                throw UserError(
                    "--out \(path) cannot be used: \(file) is there and cannot be replaced.")
            }
        }
        while !files.fileExists(atPath: place.path), place.path != "/" {
            place.deleteLastPathComponent()
        }
        var isDirectory: ObjCBool = false
        _ = files.fileExists(atPath: place.path, isDirectory: &isDirectory)
        guard isDirectory.boolValue else {
            throw UserError("--out \(path) cannot be made: \(place.path) is a file, not a folder.")
        }
        guard files.isWritableFile(atPath: place.path) else {
            throw UserError(
                "--out \(path) cannot be made: no permission to write in \(place.path).")
        }
    }

    /// Makes the folder if it is not there.
    ///
    /// - Throws: `UserError` with the reason.
    init(creating path: String) throws(UserError) {
        url = URL(fileURLWithPath: path).standardizedFileURL
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw UserError("--out \(path) cannot be made: \(error.localizedDescription)")
        }
    }

    /// Writes a whole file at once: the old one stays if that fails.
    func write(_ text: String, to name: String) throws(UserError) {
        do {
            try Data(text.utf8).write(to: url.appendingPathComponent(name), options: .atomic)
        } catch {
            throw UserError(
                "\(url.appendingPathComponent(name).path) cannot be written: \(error.localizedDescription)"
            )
        }
    }

    /// An empty file that grows line by line.
    func open(_ name: String) throws(UserError) -> FileHandle {
        try write("", to: name)
        guard let handle = FileHandle(forWritingAtPath: url.appendingPathComponent(name).path)
        else {
            throw UserError(
                "\(url.appendingPathComponent(name).path) cannot be opened for writing.")
        }
        return handle
    }
}
