import Foundation
import MiniSentencePiece
import MiniTokenizer
import Testing

/// Models whose pieces are characters or words; see Goldens/make_whole_pieces.py.
@Suite struct WholePieceTests {
    struct Golden: Decodable {
        struct Entry: Decodable {
            var ids: [Int32]
            var pieces: [String]
            var decoded: String

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                ids = try container.decode([Int32].self)
                pieces = try container.decode([String].self)
                decoded = try container.decode(String.self)
            }
        }

        var samples: [String]
        var char, word: [Entry]
    }

    @Test(arguments: ["char", "word"])
    func `character and word models encode as the reference does`(kind: String) throws {
        let golden = try Goldens.json("whole-pieces.json", as: Golden.self)
        let tokenizer = try SentencePieceTokenizer.open(Goldens.path("\(kind).model"))
        #expect(tokenizer.algorithm == (kind == "char" ? .character : .word))
        for (sample, entry) in zip(golden.samples, kind == "char" ? golden.char : golden.word) {
            #expect(tokenizer.encode(sample) == entry.ids, "\(sample.debugDescription)")
            #expect(tokenizer.pieces(of: sample) == entry.pieces, "\(sample.debugDescription)")
            #expect(tokenizer.decode(entry.ids) == entry.decoded, "\(sample.debugDescription)")
        }
        let again = try SentencePieceTokenizer.read(model: tokenizer.modelBytes())
        #expect(again.encode("the theatre") == tokenizer.encode("the theatre"))
    }
}
