import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// What the text must look like.
struct StructureOptions: ParsableArguments {
    @Option(help: "A file with a grammar in GBNF.") var grammar: String?
    @Option(help: "A file with a JSON schema.") var jsonSchema: String?
    @Flag(help: "Any JSON value.") var anyJson = false

    func validate() throws {
        guard [grammar != nil, jsonSchema != nil, anyJson].count(where: { $0 }) <= 1 else {
            throw ValidationError("Give one of --grammar, --json-schema and --any-json.")
        }
    }

    func chosen() throws -> Grammar? {
        if anyJson { return .json() }
        if let grammar {
            let text = try InputText.read(grammar)
            return try named(grammar) { () throws(GrammarError) in try Grammar(text) }
        }
        guard let jsonSchema else { return nil }
        let text = try InputText.read(jsonSchema)
        return try named(jsonSchema) { () throws(GrammarError) in try Grammar(jsonSchema: text) }
    }

    private func named(
        _ file: String, _ body: () throws(GrammarError) -> Grammar
    ) throws -> Grammar {
        do { return try body() } catch { throw PipelineError("\(file): \(error.description)") }
    }
}
