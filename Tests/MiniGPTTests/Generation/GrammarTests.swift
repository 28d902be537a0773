import Foundation
import Testing

@testable import MiniGPT

@Suite struct GrammarTests {
    /// Whether a grammar takes exactly this text.
    private func takes(_ grammar: Grammar, _ text: String) throws -> Bool {
        var automaton = try GrammarAutomaton(grammar)
        return try automaton.accept(Array(text.utf8)) && automaton.mayEnd(automaton.state)
    }

    private func takes(_ grammar: String, _ text: String) throws -> Bool {
        try takes(try Grammar(grammar), text)
    }

    @Test("after every prefix the same tokens are allowed as in llama.cpp")
    func againstLlamaCpp() throws {
        let file = try samplingGolden("grammars")
        let tokenizer = try SamplerGoldenTests.llamaCppVocabulary()
        let trie = TokenTrie(tokenizer)
        let grammars = try #require(file["grammars"] as? [String: String])
        let cases = try #require(file["cases"] as? [[String: Any]])
        #expect(cases.count > 40)
        for test in cases {
            let name = try #require(test["grammar"] as? String)
            let prefix = try #require(test["prefix"] as? String)
            let constraint = try TokenConstraint(
                try Grammar(try #require(grammars[name])), trie: trie)
            var matcher = constraint.matcher(
                endTokens: [], vocabularySize: tokenizer.vocabularySize)
            for byte in prefix.utf8 {
                try matcher.accept(try #require(tokenizer.encode([byte]).first))
            }
            let mask = try matcher.mask()
            let allowed = (0..<Int32(tokenizer.vocabularySize)).filter { mask[Int($0)] }
            #expect(try allowed == tokens(test["allowed"]), "\(name) after \(prefix)")
            #expect(try matcher.mayEnd == #require(test["mayEnd"] as? Bool), "\(name), \(prefix)")
        }
    }

    @Test("repetitions count as they say", arguments: 0..<8)
    func repetitions(_ count: Int) throws {
        let text = String(repeating: "a", count: count)
        #expect(try takes("root ::= \"a\"{3}", text) == (count == 3))
        #expect(try takes("root ::= \"a\"{2,5}", text) == (2...5).contains(count))
        #expect(try takes("root ::= \"a\"{4,}", text) == (count >= 4))
        #expect(try takes("root ::= \"a\"{0,2}", text) == (count <= 2))
        #expect(try takes("root ::= \"a\"*", text))
        #expect(try takes("root ::= \"a\"+", text) == (count >= 1))
        #expect(try takes("root ::= \"a\"?", text) == (count <= 1))
        #expect(try takes("root ::= (\"a\"{2}){1,2}", text) == (count == 2 || count == 4))
        #expect(try takes("root ::= (\"a\"*)*", text), "a repetition of what may be empty")
    }

    @Test("ranges of characters take exactly their characters")
    func ranges() throws {
        let bounds: [(UInt32, UInt32)] = [
            (0x20, 0x7E), (0x7F, 0x80), (0x70, 0x900), (0x7FF, 0x800), (0xD000, 0xE100),
            (0xFFFF, 0x10000), (0x1F600, 0x1F64F), (0x10FFF0, 0x10FFFF), (0x3042, 0x3042),
        ]
        for (low, high) in bounds {
            let range = String(format: "[\\U%08X-\\U%08X]", low, high)
            let inside = try Grammar("root ::= " + range)
            let outside = try Grammar("root ::= " + range.replacing("[", with: "[^"))
            for near in [low, high, (low + high) / 2] {
                for value in [near, near &- 1, near + 1] {
                    guard let scalar = Unicode.Scalar(value) else { continue }
                    let isInside = (low...high).contains(value)
                    #expect(try takes(inside, String(scalar)) == isInside, "U+\(value)")
                    #expect(try takes(outside, String(scalar)) == !isInside, "U+\(value)")
                }
            }
        }
    }

    @Test("recursion goes as deep as the text")
    func nesting() throws {
        let grammar = "root ::= \"(\" root \")\" | \"x\""
        let depth = 3_000
        let open = String(repeating: "(", count: depth)
        let close = String(repeating: ")", count: depth)
        #expect(try takes(grammar, open + "x" + close))
        #expect(try !takes(grammar, open + "x" + close + ")"))
        #expect(try !takes(grammar, open + "x" + close.dropLast()))
    }

    @Test("forgetting what was worked out changes nothing")
    func forgetting() throws {
        var automaton = try GrammarAutomaton(
            try Grammar("root ::= \"(\" root \")\" | [a-z]{1,30} (\",\" root)?"))
        let text = String(repeating: "(", count: 20_000)
        let isTaken = try automaton.accept(Array(text.utf8))
        var other = automaton
        let hasForgotten = other.forgetIfLarge()
        #expect(isTaken && hasForgotten)
        for end in ["ab", "abc,d", "a)", String(repeating: "(", count: 20) + "q,r))))"] {
            var (a, b) = (automaton, other)
            let (first, second) = (
                try a.accept(Array(end.utf8)), try b.accept(Array(end.utf8))
            )
            #expect(first && second && a.mayEnd(a.state) == b.mayEnd(b.state), "\(end)")
        }
        let close = "x" + String(repeating: ")", count: 20_000)
        let isClosed = try other.accept(Array(close.utf8))
        #expect(isClosed && other.mayEnd(other.state) && !other.canContinue(other.state))
    }

    private static let brokenGrammars: [(String, GrammarError)] = [
        ("root ::= \"a", .syntax(line: 1, column: 12, problem: "ends inside a literal")),
        ("root = \"a\"", .syntax(line: 1, column: 6, problem: "needs ::= after the name 'root'")),
        (
            "root ::= \"a\"\nroot ::= \"b\"",
            .syntax(line: 2, column: 1, problem: "defines the rule 'root' a second time")
        ),
        (
            "root ::= [z-a]",
            .syntax(line: 1, column: 14, problem: "has a range that runs backwards")
        ),
        ("root ::= (\"a\"", .syntax(line: 1, column: 14, problem: "needs a ')'")),
        (
            "root ::= \"a\" )",
            .syntax(line: 1, column: 14, problem: "has ')' where a rule should end")
        ),
        ("root ::= other", .undefinedRule("other")),
        ("", .undefinedRule("root")),
        ("start ::= \"a\"", .undefinedRule("root")),
        ("root ::= root \"a\" | \"b\"", .leftRecursion(rule: "root")),
        ("root ::= a \"x\"\na ::= \"y\"? b\nb ::= a \"z\" | \"q\"", .leftRecursion(rule: "b")),
        ("root ::= (root)? \"a\"", .leftRecursion(rule: "root")),
        ("root ::= \"a\" root", .neverEnds(rule: "root")),
        ("root ::= [^\\U00000000-\\U0010FFFF]", .neverEnds(rule: "root")),
        ("root ::= \"a\"{2001}", .tooLarge("repetitions", limit: 2_000)),
        (
            "root ::= \"a\"{3,2}",
            .syntax(
                line: 1, column: 18, problem: "repeats at least 3 and at most 2 times")
        ),
        (
            "root ::= <think>",
            .syntax(
                line: 1, column: 10,
                problem: "names a token, which is not supported; write its text")
        ),
    ]

    @Test("what is wrong with a grammar is said", arguments: brokenGrammars.indices)
    func broken(_ index: Int) {
        let (text, expected) = Self.brokenGrammars[index]
        do {
            _ = try Grammar(text)
            Issue.record("This was accepted: \(text)")
        } catch {
            #expect(error == expected, "\(text): \(error)")
        }
    }

    @Test("hostile grammars are refused, not followed")
    func hostile() {
        let deep =
            String(repeating: "(", count: 10_000) + "\"a\"" + String(repeating: ")", count: 10_000)
        var chain = "root ::= r0\n"
        for index in 0..<60 {
            chain += "r\(index) ::= r\(index + 1){2000} \"x\"{2000} \"y\"{2000} \"z\"{2000}\n"
        }
        chain += "r60 ::= \"a\"\n"
        var many = "root ::= r0 | \"b\"\n"
        for index in 0..<5_000 { many += "r\(index) ::= r\(index + 1) | \"a\"\n" }
        many += "r5000 ::= r0 \"c\""
        for text in [
            "root ::= " + deep, chain, many, String(repeating: "x", count: 2 << 20),
            "root ::= \"a\"" + String(repeating: "*", count: 100_000),
        ] {
            #expect(throws: GrammarError.self) { try Grammar(text) }
        }
    }

    @Test("a grammar that can be read in too many ways is an error and not a wait")
    func ambiguous() throws {
        // Each b can close any of the a's that were opened: the ways multiply.
        let grammar = try Grammar(
            "root ::= s\ns ::= \"a\" s \"b\" s | \"a\" s | \"a\" s s | \"\"")
        var automaton = try GrammarAutomaton(grammar)
        let text = Array(String(repeating: "aab", count: 400).utf8)
        #expect(throws: GrammarError.tooLarge("ways to read a text", limit: 4_096)) {
            try automaton.accept(text)
        }
    }

    @Test("rules that lead to many other rules without reading a byte count as ways to read a text")
    func manyRulesFewBytes() throws {
        var text = "root ::= s \"x\"\ns ::= \"\""
        for index in 0..<20_000 { text += " | e\(index)" }
        for index in 0..<20_000 { text += "\ne\(index) ::= \"\"" }
        let grammar = try Grammar(text)
        #expect(throws: GrammarError.tooLarge("ways to read a text", limit: 4_096)) {
            _ = try GrammarAutomaton(grammar)
        }
    }

    @Test("thousands of random grammars are read or refused without harm")
    func random() {
        var generator = SplitMix64(seed: 4)
        let words = [
            "root", "::=", "\"a\"", "[a-z]", "[^é]", "(", ")", "|", "*", "+", "?", "{2}", "{1,3}",
            "x", "\n", "y", " ", "\"", "[", "\\", "#", ".", "{", ",", "}", "日", "<", "-",
        ]
        for _ in 0..<3_000 {
            var text = "root ::= "
            for _ in 0..<(generator.next() % 20) {
                text += words[Int(generator.next() % UInt64(words.count))]
                if generator.next() % 2 == 0 { text += " " }
            }
            text += "\nx ::= \"b\" | root\ny ::= x?"
            guard let grammar = try? Grammar(text), var automaton = try? GrammarAutomaton(grammar)
            else { continue }
            // What it takes, it takes on; what may end or go on is not dead.
            for _ in 0..<30 {
                let byte = UInt8(generator.next() % 3 == 0 ? generator.next() & 0xFF : 0x61)
                _ = try? automaton.accept([byte])
            }
            #expect(
                automaton.mayEnd(automaton.state) || automaton.canContinue(automaton.state),
                "\(text)")
        }
    }
}
