import Foundation
import MiniGPT
import Synchronization

/// The stage `clean`: from the documents of a collection to those worth learning from.
///
/// The texts are worked on in batches on all processors; what depends on the order of documents, the
/// search for copies, is done in that order, so that the files are the same on any machine.
public struct Cleaner: Sendable {
    /// The project whose collection is cleaned.
    public var project: Project
    /// What is done to the texts, and which are dropped.
    public var settings: CleaningSettings

    /// A cleaner for a project.
    public init(_ project: Project, settings: CleaningSettings = CleaningSettings()) {
        self.project = project
        self.settings = settings
    }

    /// The file `data/processed/cleaning.json`, with what the cleaning did.
    public var reportFile: URL { project.processedData.appendingPathComponent("cleaning.json") }
    /// The file `data/processed/dropped.jsonl`, with the documents that were dropped and why.
    public var droppedFile: URL { project.processedData.appendingPathComponent("dropped.jsonl") }

    /// Cleans the collection.
    ///
    /// - Parameters:
    ///   - stop: is looked at between documents.
    ///   - progress: hears how many bytes of how many are done.
    /// - Returns: the report, or `nil` if it was stopped; then no file has changed.
    @discardableResult
    public func clean(
        until stop: StopSignal = StopSignal(), progress: (Int, Int) -> Void = { _, _ in }
    ) throws(PipelineError) -> CleaningReport? {
        let lock = try project.lock()
        defer { withExtendedLifetime(lock) {} }
        let record = try project.require(.collect)
        try project.create(project.processedData)
        UnfinishedFiles.remove(from: project.processedData)

        let isAlone = record.facts["documents"] == 1
        var output = try CleaningOutput(self)
        var batch: [Document] = []
        var (done, waiting) = (0, 0)
        let input = project.documents(of: .collect)
        let total = Int(record.facts["textBytes"] ?? 0)
        func flush() throws(PipelineError) {
            for item in Self.prepare(batch, settings, isAlone: isAlone) { try output.take(item) }
            done += waiting
            progress(done, max(done, total))
            (batch, waiting) = ([], 0)
        }
        do {
            try DocumentFile.read(input, remedy: .repeat(.collect)) { document in
                if stop.isRaised { throw CancellationError() }
                waiting += document.text.utf8.count
                batch.append(document)
                if waiting > 16 << 20 || batch.count == 1024 { try flush() }
            }
            try flush()
        } catch is CancellationError {
            return nil
        } catch {
            throw error as? PipelineError ?? PipelineError("\(input.path): \(error)")
        }
        if stop.isRaised { return nil }
        return try output.commit(input)
    }

    /// A document after everything that needs no other document.
    struct Prepared: Sendable {
        var document: Document
        var bytesBefore: Int
        var changes: CleaningChanges
        var language: String?
        var fingerprint: Fingerprint
        var drop: DroppedDocument?
    }

    /// Cleans and measures documents, on all processors.
    private static func prepare(
        _ documents: [Document], _ settings: CleaningSettings, isAlone: Bool
    ) -> [Prepared] {
        let results = Mutex([Prepared?](repeating: nil, count: documents.count))
        forEachChunk(of: documents.count, grain: 1) { range in
            for index in range {
                let prepared = prepare(documents[index], settings, isAlone: isAlone)
                results.withLock { $0[index] = prepared }
            }
        }
        return results.withLock { $0.compactMap { $0 } }
    }

    static func prepare(
        _ document: Document, _ settings: CleaningSettings, isAlone: Bool
    ) -> Prepared {
        var cleaner = TextCleaner(settings, isMarkup: settings.markup.includes(document))
        let text = cleaner.clean(document.text)
        var clean = document
        clean.text = String(decoding: text, as: UTF8.self)
        var prepared = Prepared(
            document: clean, bytesBefore: document.text.utf8.count, changes: cleaner.changes,
            language: LanguageGuess.language(of: text), fingerprint: Fingerprint(text))
        let isFiltered =
            settings.filters.includes(document) && (!isAlone || settings.filters == .all)
        if let (reason, detail) = problem(text, prepared, settings, isFiltered: isFiltered) {
            prepared.drop = DroppedDocument(id: document.id, reason: reason, detail: detail)
        }
        return prepared
    }

    private static func problem(
        _ text: [UInt8], _ prepared: Prepared, _ settings: CleaningSettings, isFiltered: Bool
    ) -> (String, String)? {
        if text.isEmpty { return ("empty", "no text is left") }
        if !settings.languages.isEmpty,
            !settings.languages.contains(prepared.language ?? "unknown")
        {
            let name = prepared.language ?? "a language that cannot be told"
            return ("language", "it is in \(name)")
        }
        guard isFiltered else { return nil }
        return TextMeasure(text).problem(settings.quality).map { ($0.reason, $0.detail) }
    }
}

/// The files that cleaning leaves; they appear at `commit`.
private struct CleaningOutput {
    private let cleaner: Cleaner
    private var writer: DocumentWriter
    private let dropped: AtomicFile
    private var report: CleaningReport
    private var finder: DuplicateFinder
    private var ids: [String] = []
    private var changes = CleaningChanges()

    init(_ cleaner: Cleaner) throws(PipelineError) {
        self.cleaner = cleaner
        writer = try DocumentWriter(
            documents: cleaner.project.documents(of: .clean),
            text: cleaner.project.text(of: .clean))
        dropped = try describing { () throws(FileFailure) in
            try AtomicFile(cleaner.droppedFile)
        }
        report = CleaningReport(cleaner.settings)
        finder = DuplicateFinder(
            threshold: cleaner.settings.nearDuplicates,
            findsSame: cleaner.settings.dropsDuplicates)
    }

    mutating func take(_ item: Cleaner.Prepared) throws(PipelineError) {
        report.documents += 1
        report.bytesBefore += item.bytesBefore
        changes.add(item.changes)
        if let drop = item.drop ?? copy(item) {
            report.dropped[drop.reason, default: 0] += 1
            let line = try JSONLine.bytes(drop)
            try describing { () throws(FileFailure) in try dropped.write(line) }
        } else {
            ids.append(item.document.id)
            report.kept += 1
            report.languages[item.language ?? "unknown", default: 0] += 1
            try writer.write(item.document)
        }
    }

    private mutating func copy(_ item: Cleaner.Prepared) -> DroppedDocument? {
        switch finder.look(for: item.fingerprint, number: ids.count) {
        case nil: nil
        case .same(let other):
            DroppedDocument(
                id: item.document.id, reason: "duplicate", detail: "the same as \(ids[other])")
        case .near(let other, let resemblance):
            DroppedDocument(
                id: item.document.id, reason: "nearDuplicate",
                detail: "\(Int((resemblance * 100).rounded())) % the same as \(ids[other])")
        }
    }

    mutating func commit(_ input: URL) throws(PipelineError) -> CleaningReport {
        let project = cleaner.project
        guard report.kept > 0 else {
            let reasons = report.dropped.sorted { $0.key < $1.key }
                .map { "\(CleaningReport.words(for: $0.key)): \($0.value)" }
            throw PipelineError(
                "Cleaning would leave nothing of \(report.documents) documents (\(reasons.joined(separator: ", ")))",
                .advice("loosen the filters")
            )
        }
        report.bytesAfter = writer.textBytes
        report.changes = try JSONLine.counts(changes)
        try project.forget(.clean)
        try writer.commit()
        try describing { () throws(FileFailure) in try dropped.commit() }
        try JSONFile.write(report, to: cleaner.reportFile)
        try project.record(
            .clean, settings: try JSONLine.settings(cleaner.settings),
            facts: ["documents": Double(report.kept), "textBytes": Double(report.bytesAfter)],
            inputs: [input],
            outputs: [
                project.documents(of: .clean), project.text(of: .clean), cleaner.droppedFile,
                cleaner.reportFile,
            ])
        return report
    }
}
