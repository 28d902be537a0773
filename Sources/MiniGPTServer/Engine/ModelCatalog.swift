import Foundation
import MiniGPT
import MiniPipeline

/// The models of a folder: looked for again at every question, since a training adds some.
///
/// Requests name a model by a key of this list and never by a path.
struct ModelCatalog: ModelShelf {
    private let root: URL
    /// The folder, if it is a project.
    let project: Project?
    private let kinds: [any OpenableModel.Type]

    /// More than a person would look through.
    fileprivate static let limit = 500

    /// The catalog of a project, a folder of runs, a run, a checkpoint, a directory in Hugging
    /// Face's layout, a GGUF file, or a folder of any of these.
    ///
    /// - Parameter kinds: models that are no GPT and may be in there.
    init(_ path: String, kinds: [any OpenableModel.Type]) {
        self.kinds = kinds
        root = URL(fileURLWithPath: path).standardizedFileURL
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder)
        project = exists && isFolder.boolValue ? Project(root) : nil
    }

    /// All models, the newest run first, its newest checkpoint first.
    func entries() -> [ModelEntry] {
        var entries: [ModelEntry] = []
        var taken = Set<String>()
        for place in places().prefix(Self.limit) {
            var id = id(of: place)
            while !taken.insert(id).inserted { id += "'" }
            do throws(PipelineError) {
                let about = try ModelSource.describe(place.path)
                entries.append(
                    ModelEntry(
                        id: id, path: place.path, outline: .init(about), problem: problem(about)))
            } catch {
                entries.append(
                    ModelEntry(
                        id: id, path: place.path, outline: nil,
                        problem: "It is damaged, or of no kind that is known here."))
            }
        }
        return entries
    }

    func model(of entry: ModelEntry) throws -> ServedModel {
        let source = try ModelSource.open(entry.path, kinds: kinds)
        return ServedModel(
            entry.id, source.model, tokenizer: source.tokenizer, endTokens: source.endTokens,
            chat: source.chatTemplate)
    }

    /// Why a model cannot be used, as far as its description says.
    private func problem(_ about: ModelDescription) -> String? {
        if about.format == .llmC { return "has no tokenizer" }
        let isKnown = ([GPT.kind] + kinds.map { $0.kind }).contains(about.kind)
        return isKnown ? nil : "is of the kind \(about.kind), which this server does not know"
    }

    /// The name of a place as seen from the folder.
    private func id(of place: URL) -> String {
        let prefix = root.path + "/"
        guard place.path.hasPrefix(prefix) else { return place.lastPathComponent }
        let parts = place.path.dropFirst(prefix.count).split(separator: "/")
        return parts.filter { $0 != "checkpoints" && $0 != "runs" }.joined(separator: "/")
    }

    // MARK: Places

    private func places() -> [URL] {
        var walk = Walk()
        walk.add(root, depth: 0)
        return walk.found
    }
}

/// A look through folders for models, that gives up in time where there are too many.
private struct Walk {
    private(set) var found: [URL] = []
    private var visited = 0

    /// Adds what a folder is, or what is in it. Further down nobody keeps models.
    mutating func add(_ url: URL, depth: Int) {
        if Self.isModel(url) { return found.append(url) }
        var isFolder: ObjCBool = false
        visited += 1
        guard found.count < ModelCatalog.limit, visited < 5_000, depth < 5,
            FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder),
            isFolder.boolValue
        else { return }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        // Of runs the one that was written to last is first, of checkpoints the latest.
        let runs = Project(url.deletingLastPathComponent()).runsWithModels
        let newest = url.lastPathComponent == "runs" ? runs.map(\.lastPathComponent) : []
        let others = names.filter { !newest.contains($0) && !$0.hasPrefix(".") && $0 != "data" }
        let isOfSteps = others.contains { $0.hasPrefix("step-") }
        for name in newest + (isOfSteps ? others.sorted(by: >) : others.sorted()) {
            add(url.appendingPathComponent(name), depth: depth + 1)
        }
    }

    /// Whether this very place is one model.
    private static func isModel(_ url: URL) -> Bool {
        let files = FileManager.default
        func has(_ name: String) -> Bool {
            files.fileExists(atPath: url.appendingPathComponent(name).path)
        }
        return url.pathExtension == "gguf" || has("manifest.json")
            || has("config.json")
                && (has("model.safetensors") || has("model.safetensors.index.json"))
    }
}
