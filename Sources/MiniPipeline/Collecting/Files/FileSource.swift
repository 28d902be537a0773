import Foundation

/// Text files, and all of those in folders.
public struct FileSource: TextSource {
    /// The paths of files, and of folders with files.
    public var paths: [String]
    /// The terms they are offered under, which only the user can know.
    public var license: String?
    /// A larger file is left out.
    public var largestFile: Int

    /// The files at some paths, and all of those in folders.
    public init(_ paths: [String], license: String? = nil, largestFile: Int = 1 << 30) {
        self.paths = paths
        self.license = license
        self.largestFile = largestFile
    }

    /// What was asked for, by the names of the settings.
    public var settings: [String: String] {
        var settings = ["source": "files", "files": paths.joined(separator: " ")]
        settings["license"] = license
        return settings
    }

    /// Reads the files: those of a folder in the order of their paths' bytes.
    public func documents(
        for project: Project, through web: Web, reporting notebook: Notebook
    ) async throws -> [Document] {
        var files: [URL] = []
        for path in paths {
            let url = URL(fileURLWithPath: path).standardizedFileURL
            guard let isFolder = Self.isFolder(url) else {
                throw PipelineError("\(path) is not there; nothing was collected.")
            }
            files += isFolder ? try Self.files(in: url, except: project) : [url]
        }
        var documents: [Document] = []
        for (index, file) in files.enumerated() {
            try Task.checkCancellation()
            let path = project.relativePath(file)
            switch read(file) {
            case .success(let text):
                documents.append(
                    Document(
                        id: path, title: file.deletingPathExtension().lastPathComponent,
                        text: text, source: path, license: license))
            case .failure(let problem): notebook.skip(path, problem.description)
            }
            notebook.progress(index + 1, of: files.count, path)
        }
        return documents
    }

    /// `nil` if nothing is there.
    private static func isFolder(_ url: URL) -> Bool? {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        return exists ? isFolder.boolValue : nil
    }

    /// The files of a folder and of those in it. Hidden ones are not meant, and a link to a folder
    /// could lead around in a circle. What the project itself has written is no source.
    private static func files(in folder: URL, except project: Project) throws -> [URL] {
        let own = [
            project.rawData, project.processedData, project.models, project.runs, project.file,
        ]
        .map(\.standardizedFileURL.path)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            throw PipelineError("The folder \(folder.path) cannot be read; may this user do so?")
        }
        var files: [URL] = []
        for name in names.sorted(by: { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }) {
            let url = folder.appendingPathComponent(name)
            guard !name.hasPrefix("."), !own.contains(url.standardizedFileURL.path) else {
                continue
            }
            let isLink =
                (try? FileManager.default.destinationOfSymbolicLink(atPath: url.path)) != nil
            if isFolder(url) == true {
                if !isLink { files += try Self.files(in: url, except: project) }
            } else {
                files.append(url)
            }
        }
        return files
    }

    private struct Problem: Error {
        let description: String

        init(_ description: String) { self.description = description }
    }

    private func read(_ file: URL) -> Result<String, Problem> {
        let file = file.resolvingSymlinksInPath()
        let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
        guard let values, values.isRegularFile == true || values.isRegularFile == nil else {
            return .failure(Problem("is not a file"))
        }
        if let size = values.fileSize, size > largestFile {
            return .failure(
                Problem("has \(NumberText.bytes(size)), more than \(NumberText.bytes(largestFile))")
            )
        }
        guard let data = try? Data(contentsOf: file) else {
            return .failure(Problem("cannot be read"))
        }
        if data.prefix(8192).contains(0) { return .failure(Problem("is not a text file")) }
        guard let text = String(validating: data, as: UTF8.self) else {
            return .failure(Problem("is not UTF-8; convert it with `iconv -t UTF-8`"))
        }
        return text.utf8.allSatisfy { $0 <= 32 } ? .failure(Problem("is empty")) : .success(text)
    }
}
