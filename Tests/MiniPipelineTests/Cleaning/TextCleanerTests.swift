import Foundation
import MiniPipeline
import Testing

@testable import MiniPipeline

@Suite("Cleaning a text")
struct TextCleanerTests {
    private func clean(
        _ text: String, markup: Bool = true, _ change: (inout CleaningSettings) -> Void = { _ in }
    ) -> String {
        var settings = CleaningSettings()
        change(&settings)
        var cleaner = TextCleaner(settings, isMarkup: markup)
        return String(decoding: cleaner.clean(text), as: UTF8.self)
    }

    @Test(
        "Characters and white space",
        arguments: [
            ("a\r\nb\rc\u{85}d\u{2028}e\u{C}f", "a\nb\nc\nd\ne\nf"),
            ("  indented  \n\tand\twith  spaces \t\n", "  indented\n\tand\twith  spaces"),
            ("\n\n\na\n\n\n\n\nb\n\n\n", "a\n\n\nb"),
            ("a\u{0}b\u{7F}c\u{9B}d", "abcd"),
            ("\u{FEFF}a\u{200B}b\u{AD}c\u{2060}d\u{202E}e\u{FEFF}", "abcde"),
            ("a\u{A0}b\u{2009}c\u{202F}d\u{205F}e", "a b c d e"),
            ("نامه\u{200C}ای 👩\u{200D}🚀", "نامه\u{200C}ای 👩\u{200D}🚀"),
            ("e\u{301}t\u{E9} A\u{30A}", "ét\u{E9} \u{C5}"),
            (
                "“It’s” – he said… 中文 한국어 Ελληνικά Привет",
                "“It’s” – he said… 中文 한국어 Ελληνικά Привет"
            ),
            ("", ""), (" \n\t\n", ""),
        ])
    func characters(_ text: String, _ clean: String) {
        // Swift takes é and e with an accent for equal; a model does not.
        #expect(Array(self.clean(text).utf8) == Array(clean.utf8))
        #expect(Array(self.clean(text, markup: false).utf8) == Array(clean.utf8))
        #expect(Array(self.clean(clean).utf8) == Array(clean.utf8))
    }

    @Test("Forms of Unicode")
    func forms() {
        #expect(clean("ﬁ ² e\u{301}") { $0.normalization = .nfkc } == "fi 2 é")
        let decomposed = clean("e\u{301}") { $0.normalization = .none }
        #expect(Array(decomposed.utf8) == [0x65, 0xCC, 0x81])
    }

    @Test(
        "Remains of markup",
        arguments: [
            ("R&amp;D &lt;b&gt; &eacute; &nosuch; AT&T", "R&D <b> é &nosuch; AT&T"),
            ("word[1] and[23] text[note 4] x[citation needed].", "word and text x."),
            ("[1] first, a [2] and b[i] c[1234]", "[1] first, a [2] and b[i] c[1234]"),
            ("x {\\displaystyle {\\frac {a}{b}}} y {z}", "x  y {z}"),
            ("{\\displaystyle open", "{\\displaystyle open"),
        ])
    func markup(_ text: String, _ clean: String) {
        #expect(self.clean(text) == clean)
        #expect(self.clean(text, markup: false) == text)
    }

    private let article = """
        Intro.


        == History ==
        Old.


        === Empty ===


        == See also ==


        == Empty too ==

        === Not empty ===
        Text.

        == References ==
        """

    @Test("Headings become plain, stay or go; those without a text go")
    func headings() {
        #expect(clean(article) == "Intro.\n\nHistory\nOld.\n\nEmpty too\nNot empty\nText.")
        #expect(
            clean(article) { $0.headings = .keep }
                == "Intro.\n\n== History ==\nOld.\n\n== Empty too ==\n=== Not empty ===\nText.")
        #expect(clean(article) { $0.headings = .drop } == "Intro.\n\nOld.\n\nText.")
        #expect(clean(article, markup: false).contains("== References =="))
        for line in ["a == b ==", "== a", "====", "= a =", "== ="] { #expect(clean(line) == line) }
    }

    @Test("What was done is counted")
    func counts() {
        var cleaner = TextCleaner(CleaningSettings(), isMarkup: true)
        _ = cleaner.clean("\u{FEFF}a\u{0}  \n\n\n\n\nb[1] &amp; e\u{301}\n\n== X ==\n")
        var expected = CleaningChanges()
        (expected.controlCharacters, expected.invisibleCharacters) = (1, 1)
        (expected.normalizedLines, expected.emptyLines, expected.trailingSpaces) = (1, 3, 2)
        (expected.entities, expected.references, expected.headings) = (1, 1, 1)
        #expect(cleaner.changes == expected)
    }

    @Test("The quick look at normal forms finds all characters that Foundation changes")
    func allOfUnicode() {
        let nfc = NormalForm(form: .nfc)
        let nfkc = NormalForm(form: .nfkc)
        var wrong: [String] = []
        for value in UInt32(0x80)...0x2FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = Array(String(scalar).utf8)
            let (second, third) = (bytes[1], bytes.count > 2 ? bytes[2] : 0)
            let isMark = scalar.properties.canonicalCombiningClass != .notReordered
            let text = String(scalar)
            if !nfc.isSuspect(bytes[0], second, third),
                isMark
                    || !text.precomposedStringWithCanonicalMapping.utf8.elementsEqual(text.utf8)
            {
                wrong.append(String(value, radix: 16))
            }
            if !nfkc.isSuspect(bytes[0], second, third),
                !text.precomposedStringWithCompatibilityMapping.utf8.elementsEqual(text.utf8)
            {
                wrong.append("K" + String(value, radix: 16))
            }
        }
        #expect(wrong == [])
        // Those that join with what is before them.
        for scalar in "\u{300}\u{3099}\u{309A}\u{1161}\u{11A8}\u{9BE}\u{653}".unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            #expect(nfc.isSuspect(bytes[0], bytes[1], bytes.count > 2 ? bytes[2] : 0))
        }
    }
}
