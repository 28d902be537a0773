import Foundation
import MiniGPT
import MiniPipeline
import Testing

@Suite("Stages as typed values")
struct StageRequestTests {
    /// A project with a small text, and a plan that takes seconds.
    private func withPlan(_ body: (Project, RunPlan) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("minigpt-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let project = Project(folder)
        try project.create(folder)
        let book = folder.appendingPathComponent("book.txt")
        let lines = (0..<60).map { "The miller of mill \($0) counts his sacks of flour.\n" }
        try Data(lines.joined().utf8).write(to: book)
        var plan = RunPlan()
        plan.collection = CollectionRequest(FileSource([book.path]))
        (plan.preset, plan.iterations, plan.vocabularySize) = (.tiny, 6, 270)
        try await body(project, plan)
    }

    /// The stages that a plan runs, and those it passes over.
    private func stages(
        of plan: RunPlan, in project: Project, limit: Int = .max
    ) async throws -> (run: [Stage], skipped: [Stage]) {
        var (run, skipped): ([Stage], [Stage]) = ([], [])
        do {
            try await plan.run(in: project) {
                skipped.append($0.stage)
            } performing: { request in
                if run.count == limit { throw CancellationError() }
                try await request.run(in: project)
                run.append(request.stage)
            }
        } catch is CancellationError {}
        return (run, skipped)
    }

    @Test("A plan runs all stages, and after a break those that are not done")
    func wholeRun() async throws {
        try await withPlan { project, plan in
            let first = try await stages(of: plan, in: project, limit: 3)
            #expect(first.run == [.collect, .clean, .tokenizer] && first.skipped.isEmpty)
            let rest = try await stages(of: plan, in: project)
            #expect(rest.skipped == [.collect, .clean, .tokenizer])
            #expect(rest.run == [.prepare, .train])
            #expect(try project.status().next == .chat)
            let again = try await stages(of: plan, in: project)
            #expect(again.run.isEmpty && again.skipped.count == 5)
        }
    }

    @Test("A stage with other settings is done again, and what follows from it")
    func changes() async throws {
        try await withPlan { project, plan in
            _ = try await stages(of: plan, in: project, limit: 4)
            var other = plan
            other.vocabularySize = 275
            let again = try await stages(of: other, in: project, limit: 2)
            #expect(again.skipped == [.collect, .clean] && again.run == [.tokenizer, .prepare])
        }
    }

    @Test("Without a text the stage to begin with is named")
    func nothing() async throws {
        let project = Project(
            FileManager.default.temporaryDirectory.appendingPathComponent("minigpt-none"))
        let error = await #expect(throws: PipelineError.self) {
            try await RunPlan().run(in: project) { _ in }
        }
        #expect(error?.remedies == [.run(.collect)])
    }

    @Test("The library names no flag and no command: its callers have their own words")
    func words() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/MiniPipeline").standardizedFileURL
        let files = try #require(
            FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var count = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            count += 1
            // A style sheet has variables that begin with two dashes.
            if file.lastPathComponent == "TrainingReport+Style.swift" { continue }
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
                let named = code.contains(/--[a-z\\]|`minigpt |"minigpt [a-z]/)
                #expect(!named, "\(file.lastPathComponent): \(line)")
            }
        }
        #expect(count > 50)
    }
}
