import Testing

@testable import MiniTokenizer

/// Splitting by regular expressions against Hugging Face's tokenizers, whose engine is Oniguruma.
@Suite struct RegularExpressionTests {
    private struct Golden: Decodable {
        let texts: [String]
        let patterns: [String]
        /// For each pattern and text the pieces' lengths in scalars; `nil` where it is refused.
        let lengths: [[[Int]]?]
        let sets: [String]
        /// How many scalars each set has besides surrogates, and their sum.
        let members: [[Int]]
    }

    private func pieces(_ pattern: String, _ text: String) throws -> [String] {
        let splitter = try Splitter([.custom(pattern: pattern)])
        let bytes = Array(text.utf8)
        return try bytes.withPointer { (base, count) throws(TokenizerError) in
            try splitter.pieces(in: base, 0..<count).map {
                String(decoding: bytes[$0], as: UTF8.self)
            }
        }
    }

    @Test func `Patterns cut texts where Hugging Face's tokenizers cut them`() throws {
        let golden = try Goldens.json("splits.json", as: Golden.self)
        #expect(golden.patterns.count > 400)
        for (pattern, lengths) in zip(golden.patterns, golden.lengths) {
            guard let lengths else {
                #expect(throws: TokenizerError.self, "\(pattern)") {
                    _ = try Splitter([.custom(pattern: pattern)])
                }
                continue
            }
            for (text, expected) in zip(golden.texts, lengths) {
                do {
                    let found = try pieces(pattern, text)
                    if found.map(\.unicodeScalars.count) != expected {
                        Issue.record("\(pattern) cuts \(text.debugDescription) into \(found)")
                    }
                } catch {
                    Issue.record("\(pattern): \(error)")
                }
            }
        }
    }

    @Test func `Sets have the scalars that they have in Hugging Face's engine`() throws {
        let golden = try Goldens.json("splits.json", as: Golden.self)
        #expect(golden.sets.count > 60)
        for (pattern, members) in zip(golden.sets, golden.members) {
            let set = try #require(try RegexParser.parse(pattern).singleSet, "\(pattern)")
            let (low, high) = (ScalarSet(0...0xD7FF), ScalarSet(0xE000...0x10FFFF))
            var (count, sum) = (0, 0)
            for range in set.intersection(low.union(high)).ranges {
                count += range.count
                sum += (Int(range.lowerBound) + Int(range.upperBound)) * range.count / 2
            }
            #expect([count, sum] == members, "\(pattern)")
        }
    }

    @Test(arguments: [
        #"(?~ab)"#, #"(?(1)a|b)(x)"#, #"(?<p>a\g<p>?b)"#, #"\X"#, #"(?{x})"#, #"(*FAIL)"#,
        #"\xE9"#, #"\p{Script=Han}"#, #"(?s:.)"#,
    ])
    func `What is not done is refused by name`(pattern: String) {
        do {
            _ = try Splitter([.custom(pattern: pattern)])
            Issue.record("\(pattern) was accepted.")
        } catch {
            #expect(error.description.contains("cannot be used as a pattern. "))
            #expect(error.description.hasSuffix("."))
        }
    }

    @Test(
        arguments: [
            (#"(a+)+$|."#, String(repeating: "a", count: 30) + "b"),
            (#"(a|aa)+$"#, String(repeating: "a", count: 40) + "b"),
            (#"(?:a*)*b"#, String(repeating: "a", count: 40)),
            (#"(\w+\s?)+:"#, String(repeating: "word ", count: 20)),
            (#"(?=(a+)+b)a"#, String(repeating: "a", count: 40)),
            (#"(?<=(?:a|aa)+)b"#, String(repeating: "a", count: 40) + "b"),
            (#"(.*)(.*)(.*)(.*)(.*)x"#, String(repeating: "a", count: 200)),
        ])
    func `Patterns that take exponential time end in an error`(
        pattern: String, text: String
    ) throws {
        let splitter = try CustomSplitter(
            pattern: pattern, steps: .init(least: 20_000, perByte: 0, most: 20_000))
        let bytes = Array(text.utf8)
        #expect(throws: TokenizerError.self) {
            try bytes.withPointer { (base, count) throws(TokenizerError) in
                _ = try splitter.pieces(in: base, 0..<count)
            }
        }
    }

    @Test func `A failure reaches whoever encodes, and the tokenizer goes on with the next text`()
        throws
    {
        let evil = String(repeating: "a", count: 60) + "b"
        var trainer = BytePairTrainer(vocabularySize: 256)
        trainer.splitting = .custom(pattern: #"(?:a|aa)+$|."#)
        #expect(throws: TokenizerError.self) { _ = try trainer.train(on: [evil]) }
        let tokenizer = try trainer.train(on: ["ab"]).tokenizer
        #expect(throws: TokenizerError.self) { _ = try tokenizer.encode(evil) }
        #expect(throws: TokenizerError.self) { _ = try tokenizer.spans(of: evil) }
        #expect(throws: TokenizerError.self) { _ = try tokenizer.encode(batch: ["b", evil]) }
        #expect(throws: TokenizerError.self) { _ = try tokenizer.encode(bytes: evil.utf8) }
        let any: any TextTokenizer = tokenizer
        #expect(throws: TokenizerError.self) { _ = try any.encode(evil) }
        #expect(try tokenizer.encode("aab").count == 3)
    }

    @Test func `A long word takes no more memory than its length allows`() throws {
        // More frames than a recursive engine's stack would hold.
        let text = "hello " + String(repeating: "é", count: 60_000) + " hello world 12"
        let found = try pieces(#"(?:\p{L}\p{M}*)+|\p{N}{1,3}|\s+|."#, text)
        #expect(found.count == 9)
        #expect(found.suffix(3) == ["world", " ", "12"])
    }

    @Test func `A tokenizer trained with a pattern is the same after it was written and read`()
        throws
    {
        let text = try Goldens.text("multilingual.txt")
        let tokenizer = try BytePairTokenizer.train(
            on: text, vocabularySize: 400, splitting: .custom(pattern: #"^|\b|[[:punct:]]"#))
        let back = try BytePairTokenizer.read(huggingFaceJSON: try tokenizer.huggingFaceJSON())
        #expect(back.splitting == tokenizer.splitting)
        let (first, second) = (try tokenizer.encode(text), try back.encode(text))
        #expect(first.count == second.count)
        #expect(zip(first, second).allSatisfy { $0 == $1 })
    }

    @Test func `Text to be matched literally is escaped`() throws {
        let text = #"a.b\c[d]{e}(f)|^$*+?-&# é"#
        let pattern = RegularExpression.pattern(matching: text)
        #expect(try pieces(pattern, "x\(text)y") == ["x", text, "y"])
    }
}
