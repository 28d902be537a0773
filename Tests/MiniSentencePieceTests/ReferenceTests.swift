import Foundation
import MiniSentencePiece
import MiniTokenizer
import Testing

/// Equality with the sentencepiece package, model by model; see Goldens/make_goldens.py.
@Suite struct ReferenceTests {
    struct Encodings: Decodable {
        struct Entry: Decodable {
            struct Random: Decodable {
                var ids: [Int32]
                var text: String
            }
            var ids: [[Int32]]
            var pieces: [[String]]
            var spans: [[[Int]]]
            var decoded, normalized: [String]
            var random: [Random]
            var hashes: [String]
        }

        var samples, words: [String]
        var entries: [String: Entry] = [:]

        struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            samples = try container.decode([String].self, forKey: Key(stringValue: "samples"))
            words = try container.decode([String].self, forKey: Key(stringValue: "words"))
            for name in models {
                entries[name] = try container.decode(Entry.self, forKey: Key(stringValue: name))
            }
        }
    }

    static let models = [
        "bpe", "bpe-bytes", "unigram", "unigram-nfkc", "bpe-suffix", "bpe-phrases", "bpe-unused",
    ]

    static let encodings = Result {
        try Goldens.json("encodings.json", as: Encodings.self)
    }

    @Test(arguments: models)
    func `ids, pieces, places and decoded text of samples are the reference's`(name: String) throws
    {
        let golden = try Self.encodings.get()
        let entry = try #require(golden.entries[name])
        let tokenizer = try SentencePieceTokenizer.open(Goldens.path("\(name).model"))
        for (index, sample) in golden.samples.enumerated() {
            let ids = tokenizer.encode(sample)
            #expect(ids == entry.ids[index], "\(sample)")
            // Text that is no piece keeps its normalised form in both.
            #expect(tokenizer.pieces(of: sample) == entry.pieces[index], "\(sample)")
            #expect(
                tokenizer.spans(of: sample).map {
                    [$0.byteRange.lowerBound, $0.byteRange.upperBound]
                } == entry.spans[index], "\(sample)")
            #expect(Array(tokenizer.decode(ids).utf8) == Array(entry.decoded[index].utf8))
            #expect(
                Array(tokenizer.normalized(sample).utf8) == Array(entry.normalized[index].utf8))
        }
    }

    @Test(arguments: models)
    func `ids of four thousand random strings are the reference's`(name: String) throws {
        let golden = try Self.encodings.get()
        let entry = try #require(golden.entries[name])
        let tokenizer = try SentencePieceTokenizer.open(Goldens.path("\(name).model"))
        var generator = SplitMix64(state: 2025)
        for (block, expected) in entry.hashes.enumerated() {
            var hash = FNV()
            for _ in 0..<100 {
                let ids = tokenizer.encode(generator.string(golden.words))
                hash.add((ids + [-1]).map { UInt32(bitPattern: $0) })
            }
            #expect(hash.text == expected, "strings \(block * 100)..<\(block * 100 + 100)")
        }
    }

    @Test(arguments: models)
    func `random ids decode to the reference's text, at once and one by one`(name: String) throws {
        let entry = try #require(try Self.encodings.get().entries[name])
        let tokenizer = try SentencePieceTokenizer.open(Goldens.path("\(name).model"))
        for random in entry.random {
            #expect(Array(tokenizer.decode(random.ids).utf8) == Array(random.text.utf8))
            var decoder = tokenizer.streamingDecoder()
            var text = ""
            for id in random.ids { text += decoder.append(id) }
            text += decoder.finish()
            #expect(Array(text.utf8) == Array(random.text.utf8))
        }
    }

    struct Training: Decodable {
        var count: Int
        var hash: String
        var pieces: [String]
    }

    static let trainers: [String: SentencePieceTrainer] = {
        func trainer(
            _ size: Int, _ change: (inout SentencePieceTrainer) -> Void = { _ in }
        ) -> SentencePieceTrainer {
            var trainer = SentencePieceTrainer(vocabularySize: size)
            trainer.characterCoverage = 1
            change(&trainer)
            return trainer
        }
        return [
            "plain": trainer(1000),
            "coverage": trainer(600) { $0.characterCoverage = 0.99 },
            "bytes": trainer(900) {
                $0.usesByteFallback = true
                $0.characterCoverage = 0.98
            },
            "symbols": trainer(900) {
                $0.userDefinedSymbols = ["ROMEO", "<sep>"]
                $0.controlSymbols = ["<cls>"]
                $0.unknownID = 2
                $0.beginID = nil
                $0.endID = 0
                $0.paddingID = 5
            },
            "suffix": trainer(800) { $0.treatsWhitespaceAsSuffix = true },
            "whitespace": trainer(800) {
                $0.allowsWhitespaceOnlyPieces = true
                $0.removesExtraWhitespace = false
            },
            "phrases": trainer(800) {
                $0.splitsByWhitespace = false
                $0.longestPiece = 9
            },
            "scripts": trainer(1000) {
                $0.splitsByUnicodeScript = false
                $0.splitsDigits = true
            },
            "numbers": trainer(1000) { $0.splitsByNumber = false },
            "exhausted": trainer(8000) { $0.allowsSmallerVocabulary = true },
        ]
    }()

    @Test(arguments: trainers.keys.sorted())
    func `training makes the reference's pieces in the same order`(name: String) throws {
        let golden = try #require(
            try Goldens.json("training.json", as: [String: Training].self)[name])
        let trainer = try #require(Self.trainers[name])
        let tokenizer = try trainer.train(on: [try Goldens.multilingualText()]).tokenizer
        let pieces = (0..<Int32(tokenizer.vocabularySize)).compactMap { tokenizer.piece(of: $0) }
        #expect(pieces.count == golden.count)
        for (id, piece) in golden.pieces.enumerated() where pieces[id] != piece {
            Issue.record("piece \(id) is \(pieces[id]), not \(piece)")
            break
        }
        var hash = FNV()
        hash.add(pieces.joined(separator: "\n").utf8.map(UInt32.init))
        #expect(hash.text == golden.hash)
    }

    @Test(arguments: models)
    func `a model that is written reads as the same model`(name: String) throws {
        let original = try SentencePieceTokenizer.open(Goldens.path("\(name).model"))
        let copy = try withTemporaryFile(".model") { path in
            try original.write(to: path)
            return try SentencePieceTokenizer.open(path)
        }
        let golden = try Self.encodings.get()
        #expect(copy.vocabularySize == original.vocabularySize)
        #expect(copy.algorithm == original.algorithm)
        for sample in golden.samples {
            #expect(copy.encode(sample) == original.encode(sample))
        }
        for id in 0..<Int32(copy.vocabularySize) {
            #expect(copy.piece(of: id) == original.piece(of: id))
            #expect(copy.score(of: id) == original.score(of: id))
            #expect(copy.kind(of: id) == original.kind(of: id))
        }
    }
}
