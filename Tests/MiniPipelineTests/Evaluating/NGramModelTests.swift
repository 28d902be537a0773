import Foundation
import MiniGPT
import Testing

@testable import MiniPipeline

@Suite("NGramModel")
struct NGramModelTests {
    private static let verses = Array(
        String(
            repeating:
                "The mill goes round, the water sings,\nThe miller dreams of other things.\n",
            count: 20
        ).utf8)

    @Test(
        "The probabilities of all bytes add up to 1 after any context and for each order, and none is 0",
        arguments: ["", "T", "The mill", "\u{FF}\u{0}q", "e w", "things.\n"])
    func normalised(context: String) {
        let model = NGramModel(order: 5, text: Self.verses)
        for order in 1...5 {
            let probabilities = (0...255).map {
                model.probability(of: UInt8($0), after: Array(context.utf8), order: order)
            }
            #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12, "order \(order)")
            #expect(probabilities.allSatisfy { $0 > 0 })
        }
    }

    @Test("They are those of Witten and Bell's formula, by counting in a plain way")
    func formula() {
        let text = Array("abracadabra, abracadabra! banana".utf8)
        let model = NGramModel(order: 4, text: text)
        for (context, byte) in [("bra", "c"), ("bra", "z"), ("xan", "a"), ("", "a"), ("ana", "q")] {
            for order in 1...4 {
                let history = Array(context.utf8.suffix(order - 1))
                let byte = Array(byte.utf8)[0]
                let expected = Self.plain(text, byte: byte, after: history)
                let found = model.probability(of: byte, after: Array(context.utf8), order: order)
                #expect(abs(found - expected) < 1e-14, "\(context) \(byte) \(order)")
            }
        }
    }

    /// The probability by the formula, straight from the text.
    private static func plain(_ text: [UInt8], byte: UInt8, after history: [UInt8]) -> Double {
        let shorter =
            history.isEmpty ? 1.0 / 256 : plain(text, byte: byte, after: Array(history.dropFirst()))
        var (seen, found): (Double, Double) = (0, 0)
        var kinds: Set<UInt8> = []
        for place in history.count..<text.count
        where Array(text[(place - history.count)..<place]) == history {
            seen += 1
            kinds.insert(text[place])
            if text[place] == byte { found += 1 }
        }
        guard seen > 0 else { return shorter }
        return (found + Double(kinds.count) * shorter) / (seen + Double(kinds.count))
    }

    @Test("The bits of a text are the sum of those of its bytes, order by order")
    func bits() {
        let model = NGramModel(order: 3, text: Self.verses)
        let text = Array("The water sings of mills.".utf8)
        for (index, bits) in model.bitsPerByte(of: text).enumerated() {
            let sum = text.indices.reduce(0.0) { sum, place in
                sum
                    - log2(
                        model.probability(
                            of: text[place], after: Array(text[..<place]), order: index + 1))
            }
            #expect(abs(sum / Double(text.count) - bits) < 1e-12)
        }
    }

    @Test("Longer contexts predict a text of the same kind better, and random bytes cost 8 bits")
    func order() {
        let model = NGramModel(order: 5, text: Self.verses)
        let bits = model.bitsPerByte(of: Self.verses.prefix(300))
        #expect(bits.count == 5)
        #expect(zip(bits, bits.dropFirst()).allSatisfy { $0 > $1 })
        var generator = SplitMix64(seed: 1)
        let noise = (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let random = NGramModel(order: 2, text: noise.prefix(10_000))
        #expect(random.bitsPerByte(of: noise.suffix(10_000)).allSatisfy { $0 > 7.9 && $0 < 9 })
    }

    @Test("A text without bytes gives even chances, and one of a single byte is learned from")
    func shortTexts() {
        let empty = NGramModel(order: 3, text: [])
        #expect(empty.probability(of: 7, after: [1, 2]) == 1.0 / 256)
        #expect(empty.bitsPerByte(of: [1, 2, 3]) == [8, 8, 8])
        #expect(empty.bitsPerByte(of: []).isEmpty)
        let one = NGramModel(order: 7, text: [65])
        // Seen once, one kind: (1 + 1/256) / (1 + 1).
        let expected = 257.0 / 512
        #expect(one.probability(of: 65, after: [], order: 1) == expected)
        #expect(one.probability(of: 65, after: [65]) == expected)
    }
}
