import Foundation
import MiniTokenizer
import Testing

@Suite struct ViewTests {
    private func tokenizer() throws -> BytePairTokenizer {
        var trainer = BytePairTrainer(vocabularySize: 300)
        trainer.specialTokens = ["<|endoftext|>"]
        return try trainer.train(on: ["the theatre and the thesis, the weather"]).tokenizer
    }

    @Test func `the terminal shows every token, and nothing of the text steers it`() throws {
        let tokenizer = try tokenizer()
        let text = "the \u{1B}[31m\u{202E}é\n\t\u{7F}"
        let view = try TokenView(text, tokenizer: tokenizer)
        let plain = view.terminal(usesColor: false)
        #expect(plain.hasPrefix("the| |⟨U+001B⟩|[|3|1|m|"))
        // Directions and é are cut into bytes by this vocabulary.
        #expect(plain.contains("⟨E2⟩|⟨80⟩|⟨AE⟩|⟨C3⟩|⟨A9⟩|⏎\n|⇥|⟨U+007F⟩"))
        let coloured = view.terminal()
        #expect(
            coloured.split(separator: "\u{1B}[0m", omittingEmptySubsequences: true).count
                >= view.pieces.count)
        #expect(!coloured.contains("\u{1B}[31m"))
        #expect(!coloured.contains("\u{202E}"))
        #expect(coloured.hasSuffix("\u{1B}[0m"))
        #expect(view.byteCount == text.utf8.count)
    }

    @Test func `HTML escapes the text, the title and special tokens`() throws {
        let tokenizer = try tokenizer()
        let text = "<script>alert('x' & \"y\")</script><|endoftext|>"
        let tokens = try tokenizer.encode(text, specialTokens: .recognized)
        let view = TokenView(tokens: tokens + [99_999], tokenizer: tokenizer)
        let page = view.html(title: "<b>&title</b>")
        #expect(!page.contains("<script"))
        #expect(!page.contains("<b>"))
        #expect(page.contains("&lt;b&gt;&amp;title&lt;/b&gt;"))
        #expect(page.contains("class=\"special\" title=\"token 0: 3c 7c 65"))
        #expect(page.contains("&lt;|endoftext|&gt;"))
        #expect(page.contains("<i>⟨99999⟩</i>"))
        #expect(page.components(separatedBy: "<span ").count == view.pieces.count + 1)
    }

    @Test func `a replay ends with the tokens of the tokenizer`() throws {
        let sample = "the weather, the théâtre"
        let training = try BytePairTrainer(vocabularySize: 280).train(
            on: ["the theatre and the thesis, the weather in the theatre"])
        let replay = TrainingReplay(training, sample: sample)
        let steps = Array(replay)
        #expect(steps.count == training.steps.count)
        #expect(steps[0].left == "h" && steps[0].right == "e" && steps[0].result == "he")
        #expect(steps[0].count == training.steps[0].count)
        #expect(steps[0].sample.contains("he"))
        let last = try #require(steps.last)
        let tokens = try training.tokenizer.encode(sample)
        #expect(last.sample.count == tokens.count)
        #expect(last.sample.contains("␣the"))
        let table = replay.table(3)
        #expect(table.split(separator: "\n").count == 3)
        #expect(table.hasPrefix("1  8 ×  "))
        #expect(table.contains("h + e  →"))
    }

    @Test func `a comparison counts tokens and what is unknown`() throws {
        let text = "the weather 劇場"
        let bytes = text.utf8.count
        let comparison = TokenizerComparison(
            on: text,
            [
                ("pairs", try tokenizer()),
                ("refuses", CharacterTokenizer(alphabetOf: "the war")),
                ("skips", CharacterTokenizer(alphabetOf: "the war", unknown: .skip)),
                (
                    "replaces",
                    CharacterTokenizer(alphabetOf: "the war", unknown: .replace(with: "?"))
                ),
            ])
        #expect(comparison.byteCount == bytes)
        #expect(comparison.characterCount == 14)
        let entries = comparison.entries
        let counts: [Int?] = [try tokenizer().encode(text).count, nil, 12, 14]
        #expect(entries.map(\.tokenCount) == counts)
        let share = 2.0 / 14.0
        #expect(entries.map(\.unknownShare) == [0.0, share, share, share])
        #expect(entries[2].bytesPerToken == Double(bytes) / 12)
        let lines = comparison.table().split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[2].contains("refused") && lines[2].hasSuffix("14.286 %"))
        #expect(comparison.htmlTable().components(separatedBy: "<tr>").count == 6)
        #expect(TokenizerComparison(on: "", [("none", try tokenizer())]).table().contains("–"))
    }
}
