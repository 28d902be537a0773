import Foundation
import MiniTokenizer
import Testing

@Suite struct BytePairEncodingTests {
    private struct Golden: Decodable {
        struct Summary: Decodable, Equatable {
            var count: Int
            var hash: String
        }
        var tinyshakespeare, training, validation, multilingual: Summary
        var strings, bytes: [String]
    }

    private static let rules: [(name: String, rule: SplittingRule)] = [
        ("gpt2", .gpt2), ("gpt4", .gpt4), ("llama3", .gpt4Original(maximumDigits: 3)),
    ]

    private func summary(_ tokens: [Int32]) -> Golden.Summary {
        .init(count: tokens.count, hash: TokenHash.of(tokens))
    }

    /// Hashes of the tokens of ten thousand inputs, one per hundred.
    private func hashes(_ encode: (Int) throws -> [Int32]) rethrows -> [String] {
        try (0..<100).map { block in
            var hash = TokenHash()
            for index in block * 100..<block * 100 + 100 { hash.add(try encode(index) + [-1]) }
            return hash.text
        }
    }

    @Test(.needs("gpt2/encoder.json", "gpt2/vocab.bpe", "tinyshakespeare.txt"), arguments: 0..<3)
    func `ids with GPT-2's vocabulary are those of tokenizers and tiktoken`(index: Int) throws {
        let (name, rule) = Self.rules[index]
        let golden = try #require(
            try Goldens.json("gpt2-ids.json", as: [String: Golden].self)[name])
        let tokenizer = try BytePairTokenizer.open(SharedData.path("gpt2"), splitting: rule)
        #expect(tokenizer.vocabularySize == 50257)
        #expect(tokenizer.endOfText == 50256)

        let text = try SharedData.text("tinyshakespeare.txt")
        let bytes = Array(text.utf8)
        let cut = bytes.count * 9 / 10
        #expect(try summary(tokenizer.encode(text)) == golden.tinyshakespeare)
        #expect(
            try summary(tokenizer.encode(String(decoding: bytes[..<cut], as: UTF8.self)))
                == golden.training)
        #expect(
            try summary(tokenizer.encode(String(decoding: bytes[cut...], as: UTF8.self)))
                == golden.validation)
        if rule == .gpt2 {
            #expect(golden.tinyshakespeare.count == 338_025)
            #expect(golden.training.count == 301_966)
            #expect(golden.validation.count == 36_059)
        }
        let multilingual = try Goldens.text("multilingual.txt")
        #expect(try summary(tokenizer.encode(multilingual)) == golden.multilingual)
        #expect(
            try tokenizer.decodeBytes(tokenizer.encode(multilingual)) == Array(multilingual.utf8))

        var generator = SplitMix64(state: 2024)
        let strings = try hashes { _ in
            let string = generator.string()
            let tokens = try tokenizer.encode(string)
            #expect(tokenizer.decodeBytes(tokens) == Array(string.utf8))
            return tokens
        }
        #expect(strings == golden.strings)
        generator = SplitMix64(state: 4048)
        let byteStrings = try hashes { index in
            let bytes = generator.bytes(index)
            let tokens = try tokenizer.encode(bytes: bytes)
            #expect(tokenizer.decodeBytes(tokens) == bytes)
            return tokens
        }
        #expect(byteStrings == golden.bytes)
    }

    private func smallTokenizer() throws -> BytePairTokenizer {
        try BytePairTokenizer.train(
            on: try Goldens.text("multilingual.txt"), vocabularySize: 1500)
    }

    @Test func `spans tile the bytes of the text`() throws {
        let tokenizer = try smallTokenizer()
        var generator = SplitMix64(state: 9)
        for _ in 0..<500 {
            let text = generator.string()
            let bytes = Array(text.utf8)
            var position = 0
            let spans = try tokenizer.spans(of: text)
            for span in spans {
                #expect(span.byteRange.lowerBound == position)
                #expect(Array(bytes[span.byteRange]) == tokenizer.bytes(of: span.token))
                position = span.byteRange.upperBound
            }
            #expect(position == bytes.count)
            #expect(try spans.map(\.token) == tokenizer.encode(text))
        }
    }

    @Test func `batches on threads equal one text after the other`() throws {
        let tokenizer = try smallTokenizer()
        var generator = SplitMix64(state: 10)
        let texts = (0..<300).map { _ in generator.string() }
        for threads in [1, 2, 5] {
            #expect(
                try tokenizer.encode(batch: texts, threads: threads)
                    == texts.map { try tokenizer.encode($0) })
        }
        #expect(try tokenizer.encode(batch: []) == [])
    }

    @Test(arguments: [SplittingRule.gpt2, .gpt4, .none])
    func `one text on several threads equals one thread`(rule: SplittingRule) throws {
        let text = String(repeating: try Goldens.text("multilingual.txt"), count: 3)
        let tokenizer = try BytePairTokenizer.train(
            on: try Goldens.text("multilingual.txt"), vocabularySize: 600, splitting: rule)
        #expect(try tokenizer.encodeInParallel(text, threads: 4) == tokenizer.encode(text))
    }

    @Test func `streaming decodes what decode decodes`() throws {
        let tokenizer = try smallTokenizer()
        let text = try Goldens.text("multilingual.txt")
        var decoder = tokenizer.streamingDecoder()
        var pieces = ""
        for token in try tokenizer.encode(text) {
            let piece = decoder.append(token)
            #expect(!piece.unicodeScalars.contains("\u{FFFD}"))
            pieces += piece
        }
        pieces += decoder.finish()
        #expect(Array(pieces.utf8) == Array(text.utf8))
    }

    @Test(arguments: [1, 15, 16, 47, 48, 49, 200, 5000])
    func `short and long pieces are merged alike`(length: Int) throws {
        // One piece against the definition, applied naively.
        let tokenizer = try BytePairTokenizer.train(
            on: "abababaabbbabababbbaabababa", vocabularySize: 290, splitting: .none)
        var generator = SplitMix64(state: UInt64(length))
        for _ in 0..<(length > 1000 ? 2 : 50) {
            let text = String(
                decoding: (0..<length).map { _ in UInt8(97 + generator.next(2)) },
                as: UTF8.self)
            var parts = text.utf8.map { tokenizer.token(of: [$0])! }
            for merge in tokenizer.merges {
                var index = 0
                while index + 1 < parts.count {
                    if parts[index] == merge.left, parts[index + 1] == merge.right {
                        parts[index] = merge.made
                        parts.remove(at: index + 1)
                    }
                    index += 1
                }
            }
            #expect(try tokenizer.encode(text) == parts)
        }
    }

    @Test func `a token outside the vocabulary reads as the replacement character`() throws {
        let tokenizer = try smallTokenizer()
        #expect(tokenizer.decode([Int32.max, -1]) == "\u{FFFD}\u{FFFD}")
        #expect(tokenizer.bytes(of: 1500) == nil)
        #expect(tokenizer.bytes(of: -1) == nil)
        #expect(!tokenizer.isSpecial(1500))
    }
}
