import Foundation
import MiniGPT
import Testing

@Suite struct StopTests {
    private static let tokenizer = PieceTokenizer(["He", "llo", "STO", "P!", "\n\nUs", "er:", "é"])

    /// What comes out when a model writes exactly this, cut into tokens at the bars.
    private func outcome(
        _ script: String, _ change: (inout GenerationOptions) -> Void = { _ in }
    ) throws -> Outcome {
        let tokens = script.split(separator: "|", omittingEmptySubsequences: false).flatMap {
            Self.tokenizer.encode(Array($0.utf8))
        }
        return try outcome(tokens, change)
    }

    private func outcome(
        _ tokens: [Int32], _ change: (inout GenerationOptions) -> Void = { _ in }
    ) throws -> Outcome {
        let end = try #require(Self.tokenizer.endOfText)
        var generator = TextGenerator(
            ScriptedPredictor(
                writing: tokens + [end], afterPrompt: 1,
                vocabularySize: Self.tokenizer.vocabularySize), tokenizer: Self.tokenizer)
        var options = GenerationOptions()
        change(&options)
        return try generator.outcome("x", options)
    }

    @Test("a stop string that spans tokens ends the text, and nothing of it is emitted")
    func spanning() throws {
        let said = try outcome("He|llo |STO|P! more") { $0.stopStrings = ["never", "STOP!"] }
        #expect(said.text == "Hello ")
        #expect(said.summary?.stopReason == .stopString && said.summary?.stopString == "STOP!")
        #expect(said.pieces.allSatisfy { !$0.contains("S") })
    }

    @Test("what only begins like a stop string is held back and then let through")
    func heldBack() throws {
        let said = try outcome("He|STO|STO|x S|T") { $0.stopStrings = ["STOP!"] }
        #expect(said.text == "HeSTOSTOx ST")
        #expect(said.pieces == ["He", "STO", "STOx", " ", "ST"])
        #expect(said.summary?.stopReason == .endOfText)
    }

    @Test("of several stop strings the one that begins first counts, cut inside a token")
    func first() throws {
        let said = try outcome("abc|\n\nUs|er:|x") { $0.stopStrings = ["User:", "\n\n"] }
        #expect(said.text == "abc" && said.summary?.stopString == "\n\n")
        let inside = try outcome("He|llo") { $0.stopStrings = ["el"] }
        #expect(inside.text == "H" && inside.summary?.tokens == 2)
        let repeated = try outcome("aa|aab") { $0.stopStrings = ["aaab"] }
        #expect(repeated.text == "a")
    }

    @Test("characters are whole, whatever the tokens; what is no UTF-8 reads as U+FFFD")
    func characters() throws {
        let split = try outcome([0xF0, 0x9F, 0x98, 0x80, 0x41, 0xFF, 0xC3, 0x42, 0xE6, 0x97])
        #expect(split.pieces == ["😀", "A", "\u{FFFD}", "\u{FFFD}B", "\u{FFFD}"])
        let stopped = try outcome([0x41, 0xC3, 0xA9, 0x42]) { $0.stopStrings = ["éB"] }
        #expect(stopped.text == "A")
    }

    @Test("the end of text, stop tokens, the length and the minimum end a text, or do not")
    func ends() throws {
        let whole = try outcome("abc")
        #expect(whole.summary?.stopReason == .endOfText && whole.summary?.tokens == 4)
        let token = try outcome("abc") { $0.stopTokens = [0x62] }
        #expect(token.text == "a" && token.summary?.stopReason == .stopToken)
        let short = try outcome("abc") { $0.maximumTokens = 2 }
        #expect(short.text == "ab" && short.summary?.stopReason == .length)
        let none = try outcome("abc") { $0.maximumTokens = 0 }
        #expect(none.text == "" && none.summary?.tokens == 0 && none.summary?.stopReason == .length)
        let ignored = try outcome("abc") {
            $0.stopsAtEndOfText = false
            $0.maximumTokens = 6
        }
        #expect(ignored.text == "abc" && ignored.summary?.tokens == 6)
        let minimum = try outcome("abc") {
            $0.minimumTokens = 5
            $0.maximumTokens = 8
        }
        #expect(minimum.summary?.tokens == 6 && minimum.summary?.stopReason == .endOfText)
        let shown = try outcome("abc") {
            $0.stopsAtEndOfText = false
            $0.showsSpecialTokens = true
            $0.maximumTokens = 4
        }
        #expect(shown.text == "abc\u{FFFD}")
    }

    @Test("a time limit of nothing makes nothing; a raised signal stops")
    func timeAndCancellation() throws {
        let late = try outcome("abc") { $0.timeLimit = .zero }
        #expect(late.text == "" && late.summary?.stopReason == .timeLimit)
        var generator = TextGenerator(
            ScriptedPredictor(
                writing: [97], afterPrompt: 1, vocabularySize: Self.tokenizer.vocabularySize),
            tokenizer: Self.tokenizer)
        let stop = StopSignal()
        var random = SplitMix64(seed: 1)
        var made = 0
        let summary = try generator.generate(
            "x", sampler: .greedy, using: &random, until: stop,
            emit: { _ in
                made += 1
                if made == 3 { stop.raise() }
            })
        #expect(summary.stopReason == .cancelled && summary.tokens == 3)
    }

    @Test("leaving the loop over a stream ends it")
    func leaving() async throws {
        let tokenizer = Self.tokenizer
        let stream = try TextGenerator(
            ScriptedPredictor(
                writing: [97], afterPrompt: 1, vocabularySize: tokenizer.vocabularySize,
                contextLength: 64),
            tokenizer: tokenizer
        ).stream("x", sampler: .greedy, options: .init(maximumTokens: 1 << 40))
        for try await event in stream {
            if case .text = event { break }
        }
    }

    private static let mistakenParameters: [(String, @Sendable (inout GenerationOptions) -> Void)] =
        [
            ("maximumTokens", { $0.maximumTokens = -1 }),
            ("minimumTokens", { $0.minimumTokens = -1 }),
            ("stopStrings", { $0.stopStrings = ["a", ""] }),
            ("alternatives", { $0.alternatives = -1 }),
            ("timeLimit", { $0.timeLimit = .seconds(-1) }), ("draftLength", { $0.draftLength = 0 }),
            ("keepingFirst", { $0.context = .slide(keepingFirst: -1) }),
            ("keepingFirst", { $0.context = .slide(keepingFirst: 1_000) }),
            ("discarding", { $0.context = .slide(discarding: 0) }),
            ("stageReports", { $0.stageReports = -1 }),
        ]

    @Test("an option that cannot be used is refused by name", arguments: mistakenParameters.indices)
    func mistakes(_ index: Int) {
        let (name, change) = Self.mistakenParameters[index]
        do {
            _ = try outcome("abc", change)
            Issue.record("\(name) was accepted.")
        } catch {
            guard case GenerationError.parameter(let error) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.name == name)
        }
    }
}
