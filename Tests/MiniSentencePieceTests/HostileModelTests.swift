import Foundation
import MiniSentencePiece
import MiniTokenizer
import Testing

/// Broken `.model` files: a typed error that names file and entry, or a tokenizer that works.
@Suite struct HostileModelTests {
    private static let file = "broken.model"

    @discardableResult
    private func attempt(_ bytes: [UInt8], _ what: String) -> Bool {
        do throws(TokenizerError) {
            let tokenizer = try SentencePieceTokenizer.read(model: bytes, file: Self.file)
            for text in ["the  théâtre\n劇場 ROMEO\u{1F600} <sep> 42 ", "", "\u{2581}\u{FB01}"] {
                let tokens = tokenizer.encode(text)
                #expect(
                    tokens.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize }, "\(what)")
                _ = tokenizer.spans(of: text)
                _ = tokenizer.decode(tokens)
            }
            _ = tokenizer.decode(0..<Int32(min(tokenizer.vocabularySize, 300)))
            return true
        } catch {
            switch error {
            case .malformedFile(let file, let entry, let reason, _),
                .unsupported(let file, let entry, let reason):
                #expect(file == Self.file && !entry.isEmpty && !reason.isEmpty, "\(what)")
            default: Issue.record("\(what): \(error)")
            }
            return false
        }
    }

    @Test(arguments: [false, true])
    func `a model that is cut off anywhere is an error`(usesByteFallback: Bool) throws {
        var trainer = SentencePieceTrainer(vocabularySize: usesByteFallback ? 290 : 60)
        trainer.usesByteFallback = usesByteFallback
        trainer.allowsSmallerVocabulary = true
        let text = "the theatre and the thesis\nthe weather in the théâtre 劇場"
        let bytes = try trainer.train(on: [text]).tokenizer.modelBytes()
        #expect(attempt(bytes, "the whole file"))
        // The last field is the normaliser's. Cuts between its own fields are cuts inside it.
        for length in 0..<bytes.count {
            #expect(!attempt(Array(bytes[..<length]), "the first \(length) bytes"))
        }
    }

    @Test(arguments: ["bpe-bytes", "unigram", "unigram-nfkc"])
    func `the reference's models that are cut off are errors`(name: String) throws {
        let bytes = try Goldens.bytes("\(name).model")
        #expect(attempt(bytes, "the whole file"))
        for length in stride(from: bytes.count - 1, through: 0, by: -bytes.count / 200) {
            #expect(!attempt(Array(bytes[..<length]), "the first \(length) bytes"))
        }
    }

    @Test(arguments: ["bpe", "bpe-bytes", "unigram", "bpe-unused", "unigram-nfkc"])
    func `mutated models end in an error or in a tokenizer that works`(name: String) throws {
        let bytes = try Goldens.bytes("\(name).model")
        // The character map is most of that file, and takes longer to check.
        let rounds = name == "unigram-nfkc" ? 200 : 700
        var generator = SplitMix64(state: 4712)
        var isRead = 0
        for round in 0..<rounds {
            var mutated = bytes
            for _ in 0...generator.next(3) {
                // Sizes stand at the start of messages, so whole regions are worth a visit.
                let place =
                    generator.next(2) == 0
                    ? generator.next(mutated.count) : generator.next(min(400, mutated.count))
                let end = min(mutated.count, place + 1 + generator.next(12))
                switch generator.next(6) {
                case 0: mutated[place] = UInt8(generator.next(256))
                case 1: mutated[place] ^= 1 << UInt8(generator.next(8))
                case 2: mutated.removeSubrange(place..<end)
                case 3: mutated.insert(contentsOf: mutated[place..<end], at: place)
                case 4: mutated[place] = 0xFF
                default: mutated[place] = 0
                }
            }
            if attempt(mutated, "\(name), mutation \(round)") { isRead += 1 }
        }
        #expect(isRead > 0 && isRead < rounds)
    }

    @Test func `sizes that overflow are errors, not memory`() {
        let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
        let endless = [UInt8](repeating: 0xFF, count: 40)
        for prefix in [[0x0A], [0x12], [0x1A], [0x2A], [0x0A, 0x05, 0x0A]] as [[UInt8]] {
            #expect(!attempt(prefix + huge, "huge"))
            #expect(!attempt(prefix + endless, "endless"))
        }
        // A million empty pieces in two bytes each.
        #expect(!attempt(Array(repeatElement([0x0A, 0x00], count: 1_000_000).joined()), "empty"))
    }

    @Test func `what is wrong is said`() throws {
        func message(_ bytes: [UInt8]) -> String {
            do throws(TokenizerError) {
                _ = try SentencePieceTokenizer.read(model: bytes, file: Self.file)
                return "no error"
            } catch {
                return error.description
            }
        }
        /// Field 1 with a piece and a score.
        func piece(_ text: String, type: UInt8? = nil, score: Float = -1) -> [UInt8] {
            var content: [UInt8] = [0x0A, UInt8(text.utf8.count)] + Array(text.utf8) + [0x15]
            withUnsafeBytes(of: score.bitPattern.littleEndian) { content += Array($0) }
            if let type { content += [0x18, type] }
            return [0x0A, UInt8(content.count)] + content
        }
        let unknown = piece("<unk>", type: 2)
        let end: [UInt8] = [0x12, 0x02, 0x18, 0x02, 0x1A, 0x00]  // BPE, default normaliser
        #expect(message(unknown + piece("a") + end) == "no error")
        let cases: [(bytes: [UInt8], part: String)] = [
            ([], "pieces"),
            (unknown, "trainer_spec"),
            (unknown + [0x12, 0x02, 0x18, 0x02], "normalizer_spec"),
            (piece("a") + end, "unknown text"),
            (unknown + piece("<unk2>", type: 2) + end, "Piece 0 is unknown text already"),
            (unknown + piece("a") + piece("a") + end, "It appears twice"),
            (unknown + piece("") + end, "piece 1"),
            (unknown + piece("a\0") + end, "U+0000"),
            (unknown + piece("<0x41>", type: 6) + end, "byte_fallback is off"),
            (unknown + piece("a", score: .nan) + end, "Its score is nan"),
            (
                unknown + piece("a") + [0x12, 0x05, 0x18, 0x02, 0x98, 0x02, 0x01] + [0x1A, 0x00],
                "byte 0 has no piece"
            ),
            (unknown + end + [0x1A, 0x04, 0x12, 0x02, 0x01, 0x02], "precompiled_charsmap"),
            (unknown + [0x0A, 0x03, 0x0A, 0x01, 0xFF] + end, "piece 1"),
        ]
        for (bytes, part) in cases {
            let text = message(bytes)
            #expect(text.contains(part) && text.contains(Self.file), "\(text) should say \(part)")
        }
    }

    @Test func `options that cannot be are errors that name them`() throws {
        func message(_ change: (inout SentencePieceTrainer) -> Void, on text: String = "a b")
            -> String
        {
            var trainer = SentencePieceTrainer(vocabularySize: 8)
            trainer.allowsSmallerVocabulary = true
            change(&trainer)
            do throws(TokenizerError) {
                _ = try trainer.train(on: [text])
                return "no error"
            } catch {
                return error.description
            }
        }
        #expect(message { _ in } == "no error")
        #expect(message { $0.vocabularySize = 0 }.contains("vocabularySize"))
        #expect(message { $0.vocabularySize = .max }.contains("vocabularySize"))
        #expect(message { $0.vocabularySize = 4 }.contains("vocabularySize"))
        #expect(message { $0.usesByteFallback = true }.contains("vocabularySize"))
        #expect(
            message({ $0.allowsSmallerVocabulary = false }, on: "a").contains(
                "allowsSmallerVocabulary"))
        #expect(message { $0.characterCoverage = 0.5 }.contains("characterCoverage"))
        #expect(message { $0.characterCoverage = .nan }.contains("characterCoverage"))
        #expect(message { $0.longestPiece = 0 }.contains("longestPiece"))
        #expect(message { $0.longestLine = -1 }.contains("longestLine"))
        #expect(message { $0.endID = 1 }.contains("endID"))
        #expect(message { $0.unknownID = -1 }.contains("unknownID"))
        #expect(message { $0.controlSymbols = ["<s>"] }.contains("controlSymbols"))
        #expect(message { $0.userDefinedSymbols = [""] }.contains("userDefinedSymbols"))
        #expect(message({ _ in }, on: "").contains("no line"))
        #expect(message({ _ in }, on: "\n\n").contains("no line"))
        #expect(message { $0.isCancelled = { true } }.contains("cancelled"))
    }
}
