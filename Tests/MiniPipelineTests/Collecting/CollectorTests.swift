import Foundation
import MiniPipeline
import TestSupport
import Testing

@testable import MiniPipeline

@Suite("Collecting")
struct CollectorTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }
    private var project: Project { Project(folder.url.appendingPathComponent("project")) }

    private func collect(_ names: [String], replace: Bool = false) async throws -> CollectionSummary
    {
        var collector = Collector(project)
        collector.replaces = replace
        return try await collector.collect(
            FileSource(names.map { folder.url.appendingPathComponent($0).path }))
    }

    private func texts() throws -> [String] {
        try DocumentFile.read(project.documents(of: .collect), remedy: .advice("")).map(\.text)
    }

    @Test("Folders are looked into in order; what is no text is named, what is hidden is not")
    func folders() async throws {
        try folder.write("texts/b/two.txt", "two")
        try folder.write("texts/a.txt", "\u{FEFF}one é\r\n")
        try folder.write("texts/c.bin", Data([1, 0, 2]))
        try folder.write("texts/d.txt", Data([0x63, 0xE9]))
        try folder.write("texts/e.txt", " \n\t")
        try folder.write("texts/.hidden", "no")
        try folder.write("texts/.git/config", "no")
        let summary = try await collect(["texts"])
        #expect(try texts() == ["\u{FEFF}one é\r\n", "two"])
        #expect(
            summary.skipped.map(\.reason.localizedLowercase) == [
                "is not a text file", "is not utf-8; convert it with `iconv -t utf-8`", "is empty",
            ])
        #expect(summary.requests == 0)
        guard case .done(let record) = try project.state(of: .collect) else {
            Issue.record("not done")
            return
        }
        #expect(record.facts["documents"] == 2 && record.settings["source"] == "files")
        #expect(
            try String(decoding: folder.read("project/data/raw/text.txt"), as: UTF8.self)
                == "\u{FEFF}one é\r\n\n\ntwo\n")
    }

    @Test("A project in the folder that is collected does not collect itself")
    func itself() async throws {
        try folder.write("a.txt", "A")
        let inside = Project(folder.url)
        _ = try await Collector(inside).collect(FileSource([folder.url.path]))
        let summary = try await Collector(inside).collect(FileSource([folder.url.path]))
        #expect(summary.documents == 1 && summary.unchanged == 1 && summary.skipped.isEmpty)
        let document = try DocumentFile.read(inside.documents(of: .collect), remedy: .advice(""))[0]
        #expect(document.id == "a.txt" && document.title == "a")
    }

    @Test("A second collection adds, brings up to date, or replaces")
    func adding() async throws {
        try folder.write("a.txt", "A")
        try folder.write("b.txt", "B")
        _ = try await collect(["a.txt"])
        #expect(try await collect(["b.txt"]).added == 1)
        #expect(try texts() == ["A", "B"])
        try folder.write("a.txt", "A2")
        let summary = try await collect(["a.txt", "b.txt"])
        #expect(summary.updated == 1 && summary.unchanged == 1 && summary.added == 0)
        #expect(try texts() == ["A2", "B"])
        _ = try await collect(["b.txt"], replace: true)
        #expect(try texts() == ["B"])
    }

    @Test("Nothing at all is an error, and what was there stays")
    func nothing() async throws {
        try folder.write("a.txt", "A")
        try folder.write("empty.txt", "")
        _ = try await collect(["a.txt"])
        for name in ["empty.txt", "missing.txt"] {
            await #expect(throws: PipelineError.self) { _ = try await collect([name]) }
        }
        #expect(try texts() == ["A"])
        #expect(try project.state(of: .collect).isUsable)
        #expect(folder.names("project/data/raw") == ["documents.jsonl", "text.txt"])
    }

    @Test("Documents that were changed by hand are not added to; replacing them goes on")
    func damaged() async throws {
        try folder.write("a.txt", "A")
        _ = try await collect(["a.txt"])
        try folder.write("project/data/raw/documents.jsonl", "{}\n")
        let error = await #expect(throws: PipelineError.self) { _ = try await collect(["a.txt"]) }
        #expect(error?.remedies == [.permit(.recollection)])
        _ = try await collect(["a.txt"], replace: true)
        #expect(try texts() == ["A"])
    }

    @Test("Killed between its files, a collection ends with the same ones")
    func betweenFiles() async throws {
        try folder.write("a.txt", "A")
        try folder.write("b.txt", "B")
        _ = try await collect(["a.txt"])
        let old = try folder.read("project/data/raw/text.txt")
        _ = try await collect(["b.txt"])
        let whole = try folder.read("project/data/raw/text.txt")
        // As after the first rename: new documents, old text, no record, and a file half written.
        try project.forget(.collect)
        try folder.write("project/data/raw/text.txt", old)
        try folder.write("project/data/raw/.text.txt.tmp-1-2", "hal")
        let state = try project.state(of: .collect)
        #expect(!state.isUsable)
        _ = try await collect(["b.txt"])
        #expect(try folder.read("project/data/raw/text.txt") == whole)
        #expect(folder.names("project/data/raw") == ["documents.jsonl", "text.txt"])
    }
}
