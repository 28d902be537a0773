import Foundation
import MiniGPT
import TestSupport
import Testing

@testable import MiniPipeline

@Suite struct PreparationTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("minigpt-tests-\(UUID().uuidString)")

    private func inFolder(_ body: () throws -> Void) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try body()
    }

    private static let documents = (0..<100).map {
        "Document \($0) says \(String(repeating: "so ", count: $0 % 7)).\n"
    }

    private func tokens(_ url: URL, _ data: PreparedData) throws -> [Int32] {
        Array(try TokenStore(mapping: url, vocabularySize: data.vocabularySize))
    }

    @Test(arguments: [true, false])
    func `Tokens and texts of both parts are the same, and their figures are right`(
        _ characters: Bool
    ) throws {
        try inFolder {
            let project = try Project.withDocuments(
                Self.documents, in: folder, characters: characters)
            let data = try project.prepare()
            #expect(data.split == .documents)
            #expect(try project.readPreparedData() == data)
            #expect(data.training.documents + data.validation.documents == 100)
            let (_, tokenizer) = try project.readTokenizer()
            for (part, tokenFile, textFile) in [
                (data.training, project.trainingTokens, project.trainingText),
                (data.validation, project.validationTokens, project.validationText),
            ] {
                let text = try String(contentsOf: textFile, encoding: .utf8)
                #expect(text.utf8.count == part.bytes)
                #expect(text.unicodeScalars.count == part.characters)
                let ids = try tokens(tokenFile, data)
                #expect(ids.count == part.tokens)
                let pieces = ids.split { $0 == data.endOfText }.map { tokenizer.decode($0) }
                #expect(pieces.joined(separator: "\n\n") == text)
                #expect(data.endOfText == nil || pieces.count == part.documents)
            }
            let share =
                Double(data.validation.bytes) / Double(data.training.bytes + data.validation.bytes)
            #expect((0.05...0.2).contains(share))
            guard case .done = try project.state(of: .prepare) else {
                Issue.record("it is not noted down")
                return
            }
        }
    }

    @Test func `The same seed makes the same files, another seed another choice`() throws {
        try inFolder {
            let project = try Project.withDocuments(Self.documents, in: folder)
            func files(_ seed: UInt64) throws -> [Data] {
                var preparation = Preparation()
                preparation.seed = seed
                try project.prepare(preparation)
                return try [
                    project.trainingTokens, project.validationTokens, project.trainingText,
                    project.validationText, project.preparedData,
                ].map { try Data(contentsOf: $0) }
            }
            let first = try files(1)
            #expect(try files(2) != first)
            #expect(try files(1) == first)
        }
    }

    @Test func `A document keeps its part when others come and go`() {
        let documents = Self.documents.enumerated().map {
            Document(id: "\($0.offset)", text: $0.element, source: "")
        }
        func chosen(_ documents: [Document]) -> Set<String> {
            let split = DocumentSplit(
                documents.map { DocumentSplit.Entry($0, seed: 3) }, share: 0.2)
            return Set(
                documents.enumerated().filter {
                    split.parts($0.element.text, number: $0.offset).validation != nil
                }.map(\.element.id))
        }
        let all = chosen(documents)
        let fewer = chosen(Array(documents[..<95]))
        #expect(all.count > 10)
        #expect(all.symmetricDifference(fewer).count <= 6)
    }

    @Test func `One document is split at nine tenths of its characters`() throws {
        try inFolder {
            let text = String(repeating: "é", count: 99) + "ab"
            let project = try Project.withDocuments([text], in: folder)
            let data = try project.prepare()
            #expect(data.split == .text)
            // nanoGPT: int(n * 0.9)
            #expect(data.training.tokens == 90 && data.validation.tokens == 11)
            #expect(data.training.bytes == 180)
            let parts = try [project.trainingText, project.validationText].map {
                try String(contentsOf: $0, encoding: .utf8)
            }
            #expect(parts.joined() == text)
        }
    }

    @Test func `Of two documents of unlike size the end is kept, not the whole large one`() throws {
        try inFolder {
            let project = try Project.withDocuments(
                [String(repeating: "x", count: 10), String(repeating: "y", count: 990)],
                in: folder)
            let data = try project.prepare()
            #expect(data.split == .text)
            #expect(data.training.documents == 2 && data.validation.documents == 1)
            #expect(
                try String(contentsOf: project.validationText, encoding: .utf8)
                    == String(repeating: "y", count: 100))
        }
    }

    @Test func `Bits per byte weigh tokens against bytes`() {
        let data = PreparedData(
            training: .init(), validation: .init(tokens: 50, documents: 1, bytes: 200),
            vocabularySize: 300, split: .text)
        #expect(abs(data.bitsPerByte(loss: log(2)) - 0.25) < 1e-12)
    }

    @Test func `What is missing before it is named with the command that makes it`() throws {
        try inFolder {
            let project = Project(folder)
            var error = #expect(throws: PipelineError.self) { try project.prepare() }
            #expect(error?.remedies == [.run(.clean)])
            let whole = try Project.withDocuments(["abc"], in: folder)
            try whole.forget(.tokenizer)
            error = #expect(throws: PipelineError.self) { try whole.prepare() }
            #expect(error?.remedies == [.run(.tokenizer)])
        }
    }

    @Test func `A text too short, a tokenizer of other texts and a share out of range are refused`()
        throws
    {
        try inFolder {
            let project = try Project.withDocuments(["abc"], in: folder)
            var error = #expect(throws: PipelineError.self) { try project.prepare() }
            #expect(error?.description.contains("too short") ?? false)

            try Data(SavedTokenizer(CharacterTokenizer(alphabetOf: "xyz")).contents)
                .write(to: project.tokenizer)
            try project.record(.tokenizer, outputs: [project.tokenizer])
            error = #expect(throws: PipelineError.self) { try project.prepare() }
            #expect(error?.description.contains("text 0") ?? false)

            try Data("{}".utf8).write(to: project.tokenizer)
            try project.record(.tokenizer, outputs: [project.tokenizer])
            error = #expect(throws: PipelineError.self) { try project.prepare() }
            #expect(error?.description.contains("is not a tokenizer") ?? false)

            for share in [0, -1, 0.6, .nan, .infinity] {
                var preparation = Preparation()
                preparation.validationShare = share
                error = #expect(throws: PipelineError.self) { try project.prepare(preparation) }
                #expect(error?.setting == .validationShare)
            }
            #expect(!FileManager.default.fileExists(atPath: project.trainingTokens.path))
            let left = try FileManager.default.contentsOfDirectory(
                atPath: project.processedData.path)
            #expect(Set(left) == ["documents.jsonl", "text.txt"])
        }
    }
}
