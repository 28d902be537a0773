import Foundation
import MiniPipeline
import Testing

@Suite("Project")
struct ProjectTests {
    private let project = Project(
        FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString))

    /// Leaves a collection of one document.
    private func collect(_ text: String = "Once upon a time.") throws {
        try project.create(project.rawData)
        var files = try DocumentWriter(
            documents: project.documents(of: .collect), text: project.text(of: .collect))
        try files.write(Document(id: "1", text: text, source: "here"))
        try files.commit()
        try project.record(
            .collect, facts: ["documents": 1],
            outputs: [project.documents(of: .collect), project.text(of: .collect)])
    }

    private func tidy() { try? FileManager.default.removeItem(at: project.directory) }

    @Test("An empty directory has nothing, and the first command is to collect")
    func empty() throws {
        let status = try project.status()
        #expect(status.stages.allSatisfy { $0.state == "missing" })
        #expect(status.next == .run(.collect))
        #expect(!status.isReadyToServe)
    }

    @Test("A stage that was recorded is done, and the next command is the stage after it")
    func recorded() throws {
        defer { tidy() }
        try collect()
        guard case .done(let record) = try project.state(of: .collect) else {
            Issue.record("the stage is not done")
            return
        }
        #expect(record.facts == ["documents": 1])
        #expect(try project.status().next == .run(.clean))
        #expect(try project.require(.collect) == record)
    }

    @Test("A changed byte, a cut and a missing file are named together with the way back")
    func damage() throws {
        defer { tidy() }
        try collect()
        let text = project.text(of: .collect)
        let whole = try Data(contentsOf: text)
        var flipped = whole
        flipped[3] ^= 1
        for (contents, words) in [
            (flipped, "has changed"), (whole.dropLast(), "has 17 bytes instead of 18"),
            (nil, "is gone"),
        ] {
            if let contents {
                try contents.write(to: text)
            } else {
                try FileManager.default.removeItem(at: text)
            }
            guard case .damaged(let problem) = try project.state(of: .collect) else {
                Issue.record("not found: \(words)")
                continue
            }
            #expect(problem.description.contains("data/raw/text.txt \(words)"))
            #expect(problem.remedies == [.repeat(.collect)])
            #expect(throws: problem) { try project.require(.collect) }
        }
    }

    @Test("A stage whose input has changed is outdated, and can be used still")
    func outdated() throws {
        defer { tidy() }
        try collect()
        try project.create(project.processedData)
        try Data("x".utf8).write(to: project.text(of: .clean))
        try project.record(
            .clean, inputs: [project.documents(of: .collect)],
            outputs: [project.text(of: .clean)])
        #expect(try project.state(of: .clean).isUsable)
        try collect("Another text.")
        guard case .outdated(_, let problem) = try project.state(of: .clean) else {
            Issue.record("not outdated")
            return
        }
        #expect(problem.problem == "data/raw/documents.jsonl has changed since")
        try project.require(.clean)
    }

    @Test("A stage that needs another one names it as the remedy")
    func missing() throws {
        let error = #expect(throws: PipelineError.self) { try project.require(.clean) }
        #expect(error?.remedies == [.run(.clean)])
    }

    @Test("A damaged minigpt.json is refused with the way back")
    func damagedRecords() throws {
        defer { tidy() }
        try collect()
        try Data("{\"stages\":".utf8).write(to: project.file)
        let error = #expect(throws: PipelineError.self) { try project.status() }
        #expect(error?.description.contains("minigpt.json is damaged") == true)
    }

    @Test("Two writers cannot work on one project")
    func lock() throws {
        defer { tidy() }
        let lock = try project.lock()
        let error = #expect(throws: PipelineError.self) { try project.lock() }
        #expect(error?.description.contains("is working on") == true)
        withExtendedLifetime(lock) {}
    }

    @Test("Documents come back as they were written, and a line that is none is named")
    func documents() throws {
        defer { tidy() }
        try collect("First line\nand \u{2028} «more» \u{1F600}.")
        let url = project.documents(of: .collect)
        let documents = try DocumentFile.read(url, remedy: .advice("collect again"))
        #expect(documents.map(\.text) == ["First line\nand \u{2028} «more» \u{1F600}."])
        try (Data(contentsOf: url) + Data("{]\n".utf8)).write(to: url)
        let error = #expect(throws: PipelineError.self) {
            try DocumentFile.read(url, remedy: .advice("collect again"))
        }
        #expect(error?.description.hasPrefix("Line 2 of") == true)
    }
}
