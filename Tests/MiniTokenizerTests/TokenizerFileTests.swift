import Foundation
import MiniTokenizer
import Testing

/// Which tokenizer a path holds: by content and, in directories, by name.
@Suite struct TokenizerFileTests {
    /// Makes a directory with files for the time of `body`.
    private func withFolder(
        _ files: [String: String], _ body: (_ folder: String) throws -> Void
    ) throws {
        let folder = NSTemporaryDirectory() + "tokenizer-files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, content) in files {
            try Data(content.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        try body(folder)
    }

    private func refusal(_ path: String) -> String {
        do throws(TokenizerError) {
            return "\(try TokenizerFile.recognize(path))"
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        "spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "xlm_spiece.model",
    ])
    func `A SentencePiece model is found by its usual names`(name: String) throws {
        try withFolder([name: "\n\u{E}\n\u{5}<unk>"]) { folder in
            let found1 = try TokenizerFile.recognize(folder)
            #expect(found1 == .sentencePiece(path: "\(folder)/\(name)"))
        }
    }

    @Test func `A rank file is found by its ending, and of several none is chosen`() throws {
        try withFolder(["mine.tiktoken": "IQ== 0\n"]) { folder in
            let found2 = try TokenizerFile.recognize(folder)
            #expect(found2 == .tiktoken(path: "\(folder)/mine.tiktoken"))
        }
        try withFolder(["b.tiktoken": "IQ== 0\n", "a.tiktoken": "IQ== 0\n"]) { folder in
            #expect(refusal(folder).contains("name one of them: \"a.tiktoken\", \"b.tiktoken\"."))
        }
    }

    @Test(arguments: ["gpt2_", "mine-"])
    func `A vocabulary and merges are found with the same prefix`(prefix: String) throws {
        let files = ["\(prefix)vocab.json": "{\"a\": 0}", "\(prefix)merges.txt": "#version: 0.2\n"]
        try withFolder(files) { folder in
            let expected = TokenizerFile.vocabularyAndMerges(
                vocabulary: "\(folder)/\(prefix)vocab.json",
                merges: "\(folder)/\(prefix)merges.txt")
            let found3 = try TokenizerFile.recognize(folder)
            #expect(found3 == expected)
            let found4 = try TokenizerFile.recognize("\(folder)/\(prefix)merges.txt")
            #expect(found4 == expected)
        }
    }

    @Test func `What stands in a tokenizer's place is named, with what to do`() throws {
        let pointer = """
            version https://git-lfs.github.com/spec/v1
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
            size 1355256

            """
        let files = [
            "pointer.json": pointer, "page.json": "<!doctype html><title>Sign in",
            "refused.json": "Entry not found", "weights": "@\0\0\0\0\0\0\0{\"__metadata__\":{}}",
            "prose.txt": "Two words\nand more", "model.gguf": "GGUF\u{3}\0\0\0",
        ]
        try withFolder(files) { folder in
            #expect(refusal("\(folder)/pointer.json").contains("git lfs pull"))
            #expect(refusal("\(folder)/page.json").contains("It is a web page"))
            #expect(refusal("\(folder)/refused.json").contains("'Entry not found'"))
            #expect(refusal("\(folder)/weights").contains("a safetensors file"))
            #expect(refusal("\(folder)/model.gguf").contains("a GGUF file"))
            #expect(refusal("\(folder)/prose.txt").contains("neither a tokenizer.json"))
        }
    }
}
