import Foundation
import MiniTokenizer
import Testing

/// Old files: vocabularies with what stands beside them, and minbpe's models.
@Suite struct TokenizerFolderTests {
    /// A directory with files, gone after `body`.
    @discardableResult
    private func withFolder<Result>(
        _ files: [String: String], _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = NSTemporaryDirectory() + "tokenizer-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files {
            try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        }
        return try body(folder)
    }

    /// `vocab.json` of all bytes, `th`, `</s>`, and its merges.
    private static let pair: [String: String] = {
        var names = (UInt8.min...UInt8.max).map { ByteAlphabet.visible([$0]) } + ["th", "</s>"]
        names = names.enumerated().map { index, name in
            let escaped = name == "\"" || name == "\\" ? "\\" + name : name
            return "\"\(escaped)\": \(index)"
        }
        return [
            "vocab.json": "{" + names.joined(separator: ", ") + "}",
            "merges.txt": "#version: 0.2\nt h\n",
        ]
    }()

    @Test func `tokens that were added to a vocabulary are found beside it`() throws {
        let files = Self.pair.merging([
            "added_tokens.json": "{\"<|end|>\": 258, \"  \": 259}",
            "tokenizer_config.json":
                "{\"tokenizer_class\": \"GPT2Tokenizer\", \"eos_token\": \"<|end|>\"}",
        ]) { $1 }
        try withFolder(files) { folder in
            let tokenizer = try BytePairTokenizer.open(folder)
            #expect(tokenizer.vocabularySize == 260)
            #expect(tokenizer.endOfText == 258)
            #expect(tokenizer.isSpecial(258) && !tokenizer.isSpecial(259))
            let ids = try tokenizer.encode("th<|end|>  x", specialTokens: .recognized)
            #expect(ids == [256, 258, 259, 0x78])
            // A name in the vocabulary is text when the files say which tokens are special.
            let encoded1 = try tokenizer.encode("</s>", specialTokens: .recognized)
            #expect(encoded1.count == 4)
        }
    }

    @Test func `flags of special tokens are those of the map beside the vocabulary`() throws {
        let files = Self.pair.merging([
            "special_tokens_map.json": """
            {"eos_token": {"content": "</s>", "lstrip": true, "rstrip": false, "single_word": false,
             "normalized": false}, "additional_special_tokens": ["<new>"]}
            """
        ]) { $1 }
        try withFolder(files) { folder in
            let tokenizer = try BytePairTokenizer.open(folder + "/vocab.json")
            #expect(tokenizer.endOfText == 257)
            #expect(tokenizer.vocabularySize == 259)
            let ids = try tokenizer.encode("x  </s><new>", specialTokens: .recognized)
            #expect(ids == [0x78, 257, 258])
        }
    }

    @Test func `without files beside it markers of a vocabulary are recognised by their form`()
        throws
    {
        try withFolder(Self.pair) { folder in
            let tokenizer = try BytePairTokenizer.open(folder)
            #expect(tokenizer.endOfText == 257)
        }
    }

    @Test func `an id beside a vocabulary that another token has is refused by name`() throws {
        let files = Self.pair.merging(["added_tokens.json": "{\"<|end|>\": 5}"]) { $1 }
        try withFolder(files) { folder in
            #expect(throws: TokenizerError.self) { try BytePairTokenizer.open(folder) }
        }
    }

    @Test func `minbpe's models open with their rule, special tokens and merges`() throws {
        let pattern =
            #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"#
            + #"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
        let model = "minbpe v1\n\(pattern)\n1\n<|endoftext|> 259\n116 104\n256 101\n32 257\n"
        try withFolder(["mine.model": model, "basic.model": "minbpe v1\n\n0\n97 97\n256 97\n"]) {
            folder in
            #expect(
                try TokenizerFile.recognize(folder + "/mine.model")
                    == .minBPE(path: folder + "/mine.model"))
            let tokenizer = try BytePairTokenizer.open(folder + "/mine.model")
            #expect(tokenizer.splitting == [.gpt4Original(maximumDigits: 3)])
            let encoded2 = try tokenizer.encode("the the")
            #expect(encoded2 == [257, 258])
            let encoded3 = try tokenizer.encode("<|endoftext|>", specialTokens: .recognized)
            #expect(encoded3 == [259])
            #expect(tokenizer.endOfText == 259)
            let basic = try BytePairTokenizer.open(folder + "/basic.model")
            #expect(basic.splitting.isEmpty)
            let encoded4 = try basic.encode("aaa a")
            #expect(encoded4 == [257, 32, 97])
            for broken in ["minbpe v1\n\n", "minbpe v1\n\nx\n", "minbpe v1\n\n0\n97 300\n"] {
                try broken.write(
                    toFile: folder + "/broken.model", atomically: true, encoding: .utf8)
                #expect(throws: TokenizerError.self) {
                    try BytePairTokenizer.open(folder + "/broken.model")
                }
            }
        }
    }
}
