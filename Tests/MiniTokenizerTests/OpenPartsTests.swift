import Foundation
import MiniTokenizer
import Testing

/// Parts of one's own, and files of parts that are broken.
@Suite struct OpenPartsTests {
    /// A normalizer that no file of this library knows: every digit becomes a zero.
    struct Zeros: Normalizer {
        static let typeName = "Zeros"
        let replacement: Unicode.Scalar

        init(_ members: PartMembers) throws(TokenizerError) {
            replacement = try members.character("replacement", default: "0")
        }

        var members: [(name: String, value: PartValue)] {
            [("replacement", .text(String(replacement)))]
        }

        func normalize(_ text: inout NormalizedText) {
            text.map { ("0"..."9").contains($0) ? replacement : $0 }
        }
    }

    private static let file = Array(
        """
        {"version": "1.0", "added_tokens": [], "normalizer": {"type": "Zeros", "replacement": "#"},
         "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
         "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "##": 1}, "unk_token": "[UNK]"}}
        """.utf8)

    @Test func `a part of one's own is read and written by its name`() throws {
        #expect(throws: TokenizerError.self) {
            try ComposedTokenizer.read(huggingFaceJSON: Self.file)
        }
        var parts = PartRegistry.standard
        parts.normalizers.add(Zeros.self)
        let tokenizer = try ComposedTokenizer.read(huggingFaceJSON: Self.file, parts: parts)
        #expect(try tokenizer.encode("42 x 77") == [1, 0, 1])
        let again = try ComposedTokenizer.read(
            huggingFaceJSON: tokenizer.huggingFaceJSON(), parts: parts)
        #expect(try again.encode("42 x 77") == [1, 0, 1])
    }

    @Test func `a part that is not known is refused by name`() {
        let error = #expect(throws: TokenizerError.self) {
            try TokenizerFile.read(huggingFaceJSON: Self.file)
        }
        #expect(error?.description.contains("\"Zeros\"") == true)
    }

    @Test func `mutated files end in an error or in a tokenizer that works`() throws {
        let golden = try Goldens.json("composed.json", as: ComposedTokenizerTests.Golden.self)
        var generator = SplitMix64(state: 4713)
        var opened = 0
        var rounds = 0
        for test in golden.cases.prefix(16) {
            for _ in 0..<40 {
                var bytes = Array(test.tokenizer.utf8)
                for _ in 0...generator.next(3) {
                    let place = generator.next(bytes.count)
                    let end = min(bytes.count, place + 1 + generator.next(12))
                    switch generator.next(5) {
                    case 0: bytes[place] = UInt8(generator.next(256))
                    case 1: bytes[place] ^= 1 << UInt8(generator.next(8))
                    case 2: bytes.removeSubrange(place..<end)
                    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
                    default: bytes[place] = UInt8(ascii: "9")
                    }
                }
                rounds += 1
                guard let tokenizer = try? TokenizerFile.read(huggingFaceJSON: bytes) else {
                    continue
                }
                opened += 1
                for text in ["", "the caf\u{E9} \u{4F60}\u{1F600} [CLS]<s> 12", "\u{301} x\n"] {
                    guard let ids = try? tokenizer.encode(text, specialTokens: .recognized) else {
                        continue
                    }
                    #expect(ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize })
                    _ = tokenizer.decode(ids)
                    _ = try? tokenizer.spans(of: text)
                }
                _ = tokenizer.decode(-1..<Int32(min(tokenizer.vocabularySize + 2, 40)))
            }
        }
        #expect(opened > 0 && opened < rounds)
    }
}
