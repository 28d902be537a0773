import Foundation
import MiniGPT
import MiniPipeline
import TestSupport
import Testing

@testable import MiniPipeline

@Suite("Cleaning a collection")
struct CleanerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }
    private var project: Project { Project(folder.url) }

    private func collect(_ documents: [Document]) throws {
        try project.create(project.rawData)
        var files = try DocumentWriter(
            documents: project.documents(of: .collect), text: project.text(of: .collect))
        for document in documents { try files.write(document) }
        try files.commit()
        try project.record(
            .collect,
            facts: ["documents": Double(files.count), "textBytes": Double(files.textBytes)],
            outputs: [project.documents(of: .collect), project.text(of: .collect)])
    }

    private func document(_ id: String, _ text: String, web: Bool = true) -> Document {
        Document(id: id, text: text, source: web ? "https://h/\(id)" : id, license: "CC0")
    }

    private func essay(_ subject: String) -> String {
        (1...8).map {
            "The \(subject) number \($0) was built by the people of that valley in the year of the \(subject)."
        }
        .joined(separator: "\n")
    }

    private func clean(
        _ change: (inout CleaningSettings) -> Void = { _ in }
    ) throws -> CleaningReport {
        var settings = CleaningSettings()
        change(&settings)
        return try #require(try Cleaner(project, settings: settings).clean())
    }

    private func dropped() throws -> [String: String] {
        let lines = try folder.read("data/processed/dropped.jsonl").split(separator: 10)
        let documents = try lines.map {
            try JSONDecoder().decode(DroppedDocument.self, from: $0)
        }
        return Dictionary(uniqueKeysWithValues: documents.map { ($0.id, $0.reason) })
    }

    @Test("Each document that is dropped is named with the reason, and the report adds up")
    func whole() throws {
        try collect([
            document("good", essay("mill") + "\n\n\n== References =="),
            document("short", "A stub."),
            document("copy", essay("mill")),
            document(
                "near", essay("mill").replacingOccurrences(of: "number 8", with: "number eight")),
            document("empty", "\u{200B} \n"),
            document("own", "Mine, and short.", web: false),
            document("other", essay("bridge")),
        ])
        let report = try clean()
        #expect(
            try dropped() == [
                "short": "tooShort", "copy": "duplicate", "near": "nearDuplicate", "empty": "empty",
            ])
        #expect(report.documents == 7 && report.kept == 3)
        #expect(report.dropped.values.reduce(0, +) == 4)
        #expect(report.languages == ["en": 2, "unknown": 1])
        let kept = try DocumentFile.read(project.documents(of: .clean), remedy: .advice(""))
        #expect(kept.map(\.id) == ["good", "own", "other"])
        #expect(kept[0].text == essay("mill") && kept[0].license == "CC0")
        #expect(try project.require(.clean).facts["documents"] == 3)
        let saved = try JSONDecoder().decode(
            CleaningReport.self, from: folder.read("data/processed/cleaning.json"))
        #expect(saved == report)
    }

    @Test("A single text goes through unharmed, however odd it is", arguments: [true, false])
    func single(_ isWeb: Bool) throws {
        let text = String(repeating: "GLOUCESTER:\nAy.\n\n", count: 500) + "  The end [1].\n"
        try collect([document("play", isWeb ? text.replacing("[1]", with: "") : text, web: isWeb)])
        let report = try clean()
        #expect(report.kept == 1 && report.changes.isEmpty)
        #expect(
            try folder.read("data/processed/text.txt")
                == folder.read("data/raw/text.txt").dropLast())
    }

    @Test("Languages, scopes and bounds are the user's")
    func choices() throws {
        let french =
            "Les moulins de la vallée ont été construits par les gens du village dans les années qui ont suivi la guerre.\n"
            + "Ils sont plus grands que ceux de la ville et ne sont pas vus par les gens qui passent sur la route."
        try collect([
            document("en", essay("mill"), web: false), document("fr", french, web: false),
            document("x", "hm &amp; [1]", web: false),
        ])
        #expect(try clean { $0.languages = ["fr"] }.kept == 1)
        #expect(try clean { $0.languages = ["fr", "unknown"] }.kept == 2)
        #expect(try clean().kept == 3)
        #expect(try clean { $0.filters = .all }.kept == 1)
        _ = try clean { $0.markup = .all }
        let texts = try DocumentFile.read(project.documents(of: .clean), remedy: .advice("")).map(
            \.text)
        #expect(texts[2] == "hm & [1]")
        let error = #expect(throws: PipelineError.self) { try clean { $0.languages = ["sv"] } }
        #expect(
            error?.description.contains("nothing of 3 documents (in other languages: 3)") == true)
        // What was there before stays.
        #expect(
            try DocumentFile.read(project.documents(of: .clean), remedy: .advice("")).count == 3)
    }

    @Test("The files are the same each time and with any number of threads; leftovers go")
    func repeatable() throws {
        try collect(
            (0..<300).map { document("\($0)", essay("mill\($0 % 100)") + "\n\($0 % 150)") })
        let names = ["cleaning.json", "documents.jsonl", "dropped.jsonl", "text.txt"]
        func files() throws -> [Data] { try names.map { try folder.read("data/processed/" + $0) } }
        _ = try clean()
        let first = try files()
        try folder.write("data/processed/.text.txt.tmp-9-9", "half")
        _ = try Compute.$threads.withValue(1) { try clean() }
        #expect(try files() == first)
        #expect(folder.names("data/processed") == names)
    }

    @Test("A wish to stop leaves everything as it was")
    func stopped() throws {
        try collect([document("a", essay("mill"))])
        let stop = StopSignal()
        stop.raise()
        #expect(try Cleaner(project).clean(until: stop) == nil)
        #expect(folder.names("data/processed").isEmpty)
    }

    @Test("Without a collection it says which command comes first")
    func missing() {
        let error = #expect(throws: PipelineError.self) { try clean() }
        #expect(error?.remedies == [.run(.collect)])
    }
}
