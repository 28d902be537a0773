import Foundation
import MiniTokenizer
import Testing

@Suite struct CharacterTokenizerTests {
    @Test func `ids follow the sorted distinct characters of the text`() throws {
        let tokenizer = CharacterTokenizer(alphabetOf: "hello\nworld")
        #expect(String(String.UnicodeScalarView(tokenizer.alphabet)) == "\ndehlorw")
        #expect(try tokenizer.encode("hole") == [3, 5, 4, 2])
        #expect(tokenizer.decode([3, 5, 4, 2]) == "hole")
        #expect(tokenizer.vocabularySize == 8)
    }

    @Test func `a character is a scalar, so a combining accent has its own id`() throws {
        let text = "e\u{301} \u{E9} 漢字 🙂"
        let tokenizer = CharacterTokenizer(alphabetOf: text)
        let tokens = try tokenizer.encode(text)
        #expect(tokens.count == text.unicodeScalars.count)
        #expect(Array(tokenizer.decode(tokens).utf8) == Array(text.utf8))
    }

    @Test func `an unknown character is refused with its name and position`() {
        let tokenizer = CharacterTokenizer(alphabetOf: "abc")
        #expect(throws: TokenizerError.unknownCharacter("é", offset: 2)) {
            try tokenizer.encode("abéc")
        }
        let error = TokenizerError.unknownCharacter("é", offset: 2)
        #expect(error.description.contains("U+00E9"))
        #expect(error.description.contains("character 2"))
    }

    @Test func `an unknown character can be replaced or skipped`() throws {
        let replacing = CharacterTokenizer(alphabetOf: "abc", unknown: .replace(with: "?"))
        #expect(replacing.vocabularySize == 4)
        #expect(replacing.decode(try replacing.encode("aéb")) == "a?b")
        #expect(replacing.unknownToken == replacing.token(of: "?"))
        let skipping = CharacterTokenizer(alphabetOf: "abc", unknown: .skip)
        #expect(skipping.decode(try skipping.encode("aéb")) == "ab")
    }

    @Test func `spans cover the bytes of each character`() throws {
        let tokenizer = CharacterTokenizer(alphabetOf: "aé🙂", unknown: .skip)
        let spans = try tokenizer.spans(of: "aéx🙂")
        #expect(spans.map(\.byteRange) == [0..<1, 1..<3, 4..<8])
    }

    @Test(arguments: [
        CharacterTokenizer.UnknownPolicy.error, .skip, .replace(with: "\u{FFFD}"),
    ])
    func `it survives a round trip through JSON`(
        policy: CharacterTokenizer.UnknownPolicy
    ) throws {
        let tokenizer = CharacterTokenizer(alphabetOf: "\u{0}\"\\e\u{301}é漢🙂", unknown: policy)
        let data = try JSONEncoder().encode(tokenizer)
        #expect(try JSONDecoder().decode(CharacterTokenizer.self, from: data) == tokenizer)
    }

    @Test(arguments: [
        #"{"type":"character","alphabet":"aa","unknown":"error"}"#,
        #"{"type":"other","alphabet":"a","unknown":"error"}"#,
        #"{"type":"character","alphabet":"a","unknown":"maybe"}"#,
        #"{"type":"character","alphabet":"a","unknown":"replace","replacement":"b"}"#,
        #"{"type":"character","alphabet":"a","unknown":"replace","replacement":"aa"}"#,
    ])
    func `JSON that describes no alphabet is refused`(json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(CharacterTokenizer.self, from: Data(json.utf8))
        }
    }

    @Test func `a token outside the vocabulary reads as the replacement character`() {
        let tokenizer = CharacterTokenizer(alphabetOf: "ab")
        #expect(tokenizer.decode([0, 9, -1, 1]) == "a\u{FFFD}\u{FFFD}b")
    }
}

/// Letters of ASCII, with two markers: a kind of tokenizer that this library does not have.
private struct LettersAndMarkers: TextTokenizer {
    let vocabularySize = 130
    let addedTokens = [
        AddedToken("<s>", id: 128), AddedToken("<s>x", id: 129),
        AddedToken("b", id: 127, isSpecial: false),
    ]

    func encode(_ text: String) -> [Int32] { text.utf8.map { Int32($0) } }
    func spans(of text: String) -> [TokenSpan] { [] }
    func bytes(of token: Int32) -> [UInt8]? { token < 128 ? [UInt8(token)] : nil }
}

@Suite("Tokenizers of other kinds")
struct OtherTokenizerTests {
    private let tokenizer = LettersAndMarkers()

    @Test func `Names of special tokens are recognized where they are allowed, the longest first`()
        throws
    {
        #expect(
            try tokenizer.encode("a<s>c<s>x<s", specialTokens: .recognized).map { $0 } == [
                97, 128, 99, 129, 60, 115,
            ])
        #expect(try tokenizer.encode("<s>", specialTokens: .asText) == [60, 115, 62])
        #expect(try tokenizer.encode("<s>x", specialTokens: .only(["<s>"])) == [128, 120])
        #expect(try tokenizer.encode("", specialTokens: .recognized) == [])
    }

    @Test func `Texts are encoded in order, and a kind without a file says so`() throws {
        #expect(try tokenizer.encode(batch: ["a", "", "bc"]) == [[97], [], [98, 99]])
        #expect(tokenizer.addedToken("<s>x")?.id == 129 && tokenizer.addedToken("<") == nil)
        #expect(throws: TokenizerError.self) { try tokenizer.fileContents() }
        #expect(tokenizer.bytePairTokenizer == nil && !tokenizer.tokensAreCharacters)
    }
}
