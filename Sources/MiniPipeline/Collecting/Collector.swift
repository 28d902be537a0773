import Foundation

/// The stage `collect`: documents are fetched and added to the collection of a project.
///
/// A document whose id is there already takes the place of the old one; the others come after what is
/// there. So collecting the same again brings the collection up to date, and a collection that was
/// killed at any moment ends, when it is started again, with the files of one that was not.
public struct Collector: Sendable {
    /// The project whose collection grows.
    public var project: Project
    /// Whether what was collected before is dropped.
    public var replaces = false
    /// How fast servers are asked.
    public var pace = Pace()
    /// How servers can reach whoever collects: an address of mail or of a page.
    public var contact: String?
    /// What sends requests to servers.
    public var client: any HTTPClient
    package var time = Timekeeper.real

    /// A collector for a project.
    public init(_ project: Project, client: any HTTPClient = URLSessionClient()) {
        self.project = project
        self.client = client
    }

    /// What it calls itself, as <https://foundation.wikimedia.org/wiki/Policy:User-Agent_policy> wants it.
    package var userAgent: String {
        let reader = contact.map { " (\($0))" } ?? ""
        return "MiniGPT/1.0\(reader) minigpt-collect"
    }

    /// Collects from a source.
    ///
    /// - Parameter tell: hears what is going on, on any thread.
    /// - Throws: `PipelineError` when it cannot go on, `CancellationError` when the task was
    ///   cancelled. What had come by then is kept for the next time.
    @discardableResult
    public func collect(
        _ source: some TextSource, tell: @escaping @Sendable (CollectionEvent) -> Void = { _ in }
    ) async throws -> CollectionSummary {
        let lock = try project.lock()
        defer { withExtendedLifetime(lock) {} }
        try project.create(project.rawData)
        UnfinishedFiles.remove(from: project.rawData)
        let before = replaces ? [] : try collected()

        let notebook = Notebook(tell)
        let journal = try Journal(of: source.settings, in: project.rawData)
        if journal.found > 0 {
            notebook.note(
                "Going on with a collection that was begun: \(journal.found) answers are there.")
        }
        var pace = pace
        pace.interval = max(pace.interval, source.interval)
        let web = Web(
            client, pace: pace, userAgent: userAgent, journal: journal, notebook: notebook,
            time: time)
        let fresh: [Document]
        do {
            fresh = try await source.documents(for: project, through: web, reporting: notebook)
        } catch {
            // A journal without an answer is of no use to anybody.
            if journal.isEmpty { journal.remove() }
            guard let failure = error as? HTTPFailure else { throw error }
            throw PipelineError("The server cannot be asked: \(failure).")
        }
        guard !fresh.isEmpty else {
            journal.remove()
            throw PipelineError(Self.emptiness(notebook.skipped))
        }
        try Task.checkCancellation()

        var summary = try store(before, fresh, source.settings)
        journal.remove()
        for _ in Journal.others(in: project.rawData, than: journal) {
            notebook.note(
                "Another collection was begun here and not ended; the same request goes on with it."
            )
        }
        summary.take(notebook)
        return summary
    }

    private static func emptiness(_ skipped: [SkippedText]) -> String {
        guard let first = skipped.first else {
            return "Nothing was found; ask for something else."
        }
        let more = skipped.count > 1 ? ", and so on for \(skipped.count - 1) more" : ""
        return "Nothing was collected: \(first.name) \(first.reason)\(more)."
    }

    /// The documents that are there.
    private func collected() throws(PipelineError) -> [Document] {
        let file = project.documents(of: .collect)
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        let remedy = Remedy.permit(.recollection)
        let path = project.relativePath(file)
        let record = try project.records()[.collect]?.outputs.first { $0.path == path }
        if let record, try FileRecord.measure(file) != (record.bytes, record.checksum) {
            throw PipelineError("\(path) is not what it was when it was written", remedy)
        }
        do {
            return try DocumentFile.read(file, remedy: remedy)
        } catch {
            throw error as? PipelineError ?? PipelineError("\(path): \(error)")
        }
    }

    /// Puts both together, the new in the place of the old, and writes the files of the stage.
    private func store(
        _ before: [Document], _ fresh: [Document], _ settings: [String: String]
    ) throws(PipelineError) -> CollectionSummary {
        var documents = before
        var places = Dictionary(
            before.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        var summary = CollectionSummary()
        var seen = Set<String>()
        for document in fresh where seen.insert(document.id).inserted {
            if let place = places[document.id] {
                if documents[place] == document {
                    summary.unchanged += 1
                } else {
                    summary.updated += 1
                }
                documents[place] = document
            } else {
                places[document.id] = documents.count
                documents.append(document)
                summary.added += 1
            }
        }
        let (lines, text) = (project.documents(of: .collect), project.text(of: .collect))
        var writer = try DocumentWriter(documents: lines, text: text)
        for document in documents { try writer.write(document) }
        try project.forget(.collect)
        try writer.commit()
        (summary.documents, summary.bytes) = (writer.count, writer.textBytes)
        try project.record(
            .collect, settings: settings,
            facts: ["documents": Double(writer.count), "textBytes": Double(writer.textBytes)],
            outputs: [lines, text])
        return summary
    }
}

/// The figures of a collection when it has ended.
public struct CollectionSummary: Sendable, Codable, Equatable {
    /// How many documents there are now.
    public var documents = 0
    /// The bytes of their texts.
    public var bytes = 0
    /// How many documents are new.
    public var added = 0
    /// How many documents have changed since they were collected before.
    public var updated = 0
    /// How many documents are as they were collected before.
    public var unchanged = 0
    /// What was asked for and left out.
    public var skipped: [SkippedText] = []
    /// How many questions went over the network.
    public var requests = 0
    /// How many of them failed and were asked again.
    public var retries = 0

    /// Of nothing.
    init() {}

    mutating func take(_ notebook: Notebook) {
        (skipped, requests, retries) = (notebook.skipped, notebook.requests, notebook.retries)
    }
}
