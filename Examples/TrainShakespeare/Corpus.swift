import Crypto
import Foundation
import MiniPipeline

/// A text to learn from.
struct Corpus {
    /// What to call it in front of the user: a path, or a title.
    let name: String
    /// The name without folders.
    var title: String { URL(fileURLWithPath: name).lastPathComponent }
    /// All of it.
    let text: String

    /// The text the user asked for; tiny Shakespeare if none: from the cache, else its public
    /// address, else, with a word on standard error, the bundled play.
    static func load(_ request: String?, console: Console) async throws(PipelineError) -> Corpus {
        switch request {
        case "bundled":
            return try bundled()
        case let path?:
            return try file(path)
        case nil:
            if let corpus = TinyShakespeare.cached() { return corpus }
            do {
                return try await TinyShakespeare.download(console: console)
            } catch {
                console.complain(
                    "\(TinyShakespeare.name) could not be downloaded (\(error)); training on the bundled play instead."
                )
                return try bundled()
            }
        }
    }

    /// A text file.
    ///
    /// - Throws: `PipelineError` if it is missing, unreadable, empty or not UTF-8.
    static func file(_ path: String) throws(PipelineError) -> Corpus {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw PipelineError("The corpus \(path) cannot be read: there is no such file.")
        }
        guard !isDirectory.boolValue else {
            throw PipelineError("The corpus \(path) is a folder; give a text file.")
        }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw PipelineError("The corpus \(path) cannot be read: \(error.localizedDescription)")
        }
        return try Corpus(name: path, data)
    }

    /// The play that ships with the example.
    static func bundled() throws(PipelineError) -> Corpus {
        // Not `Bundle.module`: it ends the process when the folder is not where it was built.
        let name = "the-glass-crown.txt"
        let folder = Bundle.main.bundleURL
        for suffix in ["resources", "bundle"] {
            let url = folder.appendingPathComponent("MiniGPT_TrainShakespeare.\(suffix)/\(name)")
            if let data = try? Data(contentsOf: url) {
                return try Corpus(name: "The Glass Crown (bundled)", data)
            }
        }
        throw PipelineError(
            "The bundled play is not beside the program (\(folder.path)/MiniGPT_TrainShakespeare.resources/\(name)): run it where it was built, move that folder with it, or give a text with --corpus FILE."
        )
    }

    /// A text from its bytes.
    ///
    /// - Throws: `PipelineError` if there are none or they are not UTF-8.
    init(name: String, _ data: Data) throws(PipelineError) {
        guard !data.isEmpty else {
            throw PipelineError(
                "The corpus \(name) is empty (0 bytes); there is nothing to learn from.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            let offset = Self.firstInvalidByte(of: data)
            throw PipelineError(
                "The corpus \(name) is not UTF-8 text: byte \(offset) of \(data.count) (0x\(String(data[data.startIndex + offset], radix: 16))) does not belong there; convert the file to UTF-8 first."
            )
        }
        self.name = name
        self.text = text
    }

    /// The offset of the first byte that starts no valid character.
    private static func firstInvalidByte(of data: Data) -> Int {
        var decoder = UTF8()
        var bytes = data.makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = decoder.decode(&bytes) {
            offset += UTF8.width(scalar)
        }
        return min(offset, data.count - 1)
    }
}

/// The 1.1 MB that character-level language models are usually compared on.
enum TinyShakespeare {
    private static let address =
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
    private static let checksum = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
    private static let size = 1_115_394
    static let name = "Tiny Shakespeare"

    /// `$XDG_CACHE_HOME/minigpt` or `~/.cache/minigpt`, where the file is or should be.
    private static var cacheFile: URL? {
        let environment = ProcessInfo.processInfo.environment
        let folder: URL
        // The XDG specification says to ignore a path that is not absolute.
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            folder = URL(fileURLWithPath: cache)
        } else if let home = environment["HOME"], !home.isEmpty {
            folder = URL(fileURLWithPath: home).appendingPathComponent(".cache")
        } else {
            return nil
        }
        return folder.appendingPathComponent("minigpt/tinyshakespeare.txt")
    }

    /// The file of an earlier run; `nil` if there is none or it is damaged.
    static func cached() -> Corpus? {
        guard let url = cacheFile, let data = try? Data(contentsOf: url), isGenuine(data) else {
            return nil
        }
        return try? Corpus(name: name, data)
    }

    /// Fetches the file and keeps it for the next run.
    ///
    /// - Throws: `Download.Failure` or `PipelineError` when there is no network or something else came.
    static func download(console: Console) async throws -> Corpus {
        guard let url = URL(string: address) else {
            throw PipelineError("\(address) is no address")
        }
        if !console.isTerminal { console.write("Downloading \(name) …\n") }
        defer { console.clearLine() }
        let data = try await Download.data(from: url, limit: size) { received in
            guard console.isTerminal else { return }
            console.replaceLine("Downloading \(name): \(received * 100 / size) %")
        }
        guard isGenuine(data) else {
            throw PipelineError(
                "the \(data.count) bytes that came do not have the checksum of the file"
            )
        }
        if let file = cacheFile {
            // Only a convenience: a read-only home is no reason not to train.
            let folder = file.deletingLastPathComponent()
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try? data.write(to: file, options: .atomic)
        }
        return try Corpus(name: name, data)
    }

    private static func isGenuine(_ data: Data) -> Bool {
        SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined() == checksum
    }
}
