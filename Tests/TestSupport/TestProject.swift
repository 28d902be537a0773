import Foundation
import MiniGPT
import MiniPipeline

extension Project {
    /// A project in a folder as the stages before `prepare` leave it: cleaned documents and their
    /// tokenizer.
    ///
    /// - Parameter characters: whether the tokenizer knows characters; else pairs of bytes.
    package static func withDocuments(
        _ texts: [String], in folder: URL, characters: Bool = true
    ) throws -> Project {
        let project = Project(folder)
        try project.create(project.processedData)
        try project.create(project.models)
        var files = try DocumentWriter(
            documents: project.documents(of: .clean), text: project.text(of: .clean))
        for (number, text) in texts.enumerated() {
            try files.write(Document(id: "text \(number)", text: text, source: "a test"))
        }
        try files.commit()
        try project.record(.collect, outputs: [])
        try project.record(
            .clean, outputs: [project.documents(of: .clean), project.text(of: .clean)])
        let all = texts.joined(separator: DocumentWriter.separator)
        let saved =
            characters
            ? SavedTokenizer(CharacterTokenizer(alphabetOf: all))
            : try SavedTokenizer(
                BytePairTokenizer.train(on: all, vocabularySize: 300))
        try Data(saved.contents).write(to: project.tokenizer)
        try project.record(.tokenizer, outputs: [project.tokenizer])
        return project
    }

    /// The same, prepared.
    package static func prepared(
        _ texts: [String] = [Workshop.verses], in folder: URL, characters: Bool = true
    ) throws -> Project {
        let project = try withDocuments(texts, in: folder, characters: characters)
        try project.prepare()
        return project
    }
}
