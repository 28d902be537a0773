import Foundation
import Synchronization
import Testing

@testable import MiniTokenizer

@Suite struct BytePairTrainerTests {
    private func mergeLines(_ tokenizer: BytePairTokenizer) -> [String] {
        tokenizer.merges.map { merge in
            ByteAlphabet.visible(tokenizer.bytes(of: merge.left)!) + " "
                + ByteAlphabet.visible(tokenizer.bytes(of: merge.right)!)
        }
    }

    private func golden(_ name: String) throws -> [String] {
        try Goldens.text(name).split(separator: "\n").map(String.init)
    }

    @Test func `8,000 words on a multilingual text have Hugging Face's merges, ties included`()
        throws
    {
        let text = try Goldens.text("multilingual.txt")
        let tokenizer = try BytePairTokenizer.train(on: text, vocabularySize: 8000)
        #expect(tokenizer.vocabularySize == 8000)
        #expect(mergeLines(tokenizer) == (try golden("multilingual-8000.merges")))
    }

    @Test(.needs("tinyshakespeare.txt"))
    func `5,000 words on tiny Shakespeare have Hugging Face's merges`() throws {
        let tokenizer = try BytePairTokenizer.train(
            on: try SharedData.text("tinyshakespeare.txt"), vocabularySize: 5000)
        #expect(mergeLines(tokenizer) == (try golden("tinyshakespeare-5000.merges")))
    }

    @Test(arguments: [1, 2, 3, 8])
    func `files give the merges of their text, with any number of threads`(threads: Int) throws {
        let path = NSTemporaryDirectory() + "bpe-trainer-\(UUID().uuidString).txt"
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Larger than a block, so that blocks are cut.
        let text = String(repeating: try Goldens.text("multilingual.txt"), count: 30)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        var trainer = BytePairTrainer(vocabularySize: 1000)
        trainer.threads = threads
        let fromFile = try trainer.train(onFiles: [path])
        trainer.threads = 1
        let fromText = try trainer.train(on: [text])
        #expect(fromFile.steps == fromText.steps)
        #expect(fromFile.distinctPieceCount == fromText.distinctPieceCount)
    }

    @Test func `pairs that overlap are counted as Hugging Face counts them`() throws {
        // aaaa holds aa three times; then X a and X X compete.
        let training = try BytePairTrainer(vocabularySize: 258).train(on: ["aaaa aaa"])
        let merge = try #require(training.steps.first)
        #expect(training.tokenizer.bytes(of: merge.merge.made) == Array("aa".utf8))
        #expect(merge.count == 5)
    }

    @Test func `of equally frequent pairs the one with smaller ids comes first`() throws {
        let tokenizer = try BytePairTokenizer.train(on: "zy ba", vocabularySize: 257)
        #expect(mergeLines(tokenizer) == ["b a"])
    }

    @Test func `a minimum frequency ends training early`() throws {
        var trainer = BytePairTrainer(vocabularySize: 5000)
        trainer.minimumFrequency = 3
        let training = try trainer.train(on: ["abc abc abc xy xy"])
        #expect(training.steps.allSatisfy { $0.count >= 3 })
        #expect(training.tokenizer.vocabularySize == 258)
        #expect(try training.tokenizer.decode(training.tokenizer.encode("abc xy")) == "abc xy")
    }

    @Test func `special tokens come first or last, and text never becomes one`() throws {
        var trainer = BytePairTrainer(vocabularySize: 270)
        trainer.specialTokens = ["<|endoftext|>", "hello"]
        for placement in [BytePairTrainer.SpecialTokenPlacement.first, .last] {
            trainer.specialTokenPlacement = placement
            let tokenizer = try trainer.train(on: ["hello hello hello hello"]).tokenizer
            let id = try #require(tokenizer.endOfText)
            #expect(id == (placement == .first ? 0 : Int32(tokenizer.vocabularySize - 2)))
            #expect(tokenizer.isSpecial(id))
            let text = "hello<|endoftext|>hello"
            let plain = try tokenizer.encode(text)
            #expect(!plain.contains { tokenizer.isSpecial($0) })
            #expect(tokenizer.decode(plain) == text)
            let recognized = try tokenizer.encode(text, specialTokens: .recognized)
            #expect(recognized.count == 3)
            #expect(tokenizer.decode(recognized) == text)
            #expect(tokenizer.decode(recognized, skippingSpecialTokens: true) == "")
            let only = try tokenizer.encode(text, specialTokens: .only(["<|endoftext|>"]))
            #expect(only.filter { tokenizer.isSpecial($0) } == [id])
        }
    }

    @Test func `an empty text makes a tokenizer of bytes`() throws {
        let tokenizer = try BytePairTokenizer.train(on: "", vocabularySize: 300)
        #expect(tokenizer.vocabularySize == 256)
        #expect(try tokenizer.encode("") == [])
        #expect(try tokenizer.decode(tokenizer.encode("é🙂")) == "é🙂")
    }

    @Test func `a vocabulary smaller than the alphabet is refused`() {
        for size in [Int.min, -1, 0, 255, Int.max] {
            let error = #expect(throws: TokenizerError.self) {
                try BytePairTokenizer.train(on: "text", vocabularySize: size)
            }
            #expect(error?.description.contains("vocabularySize") == true)
        }
        #expect(throws: TokenizerError.self) {
            try BytePairTokenizer.train(
                on: "text", vocabularySize: 256, specialTokens: ["<|endoftext|>"])
        }
    }

    @Test(arguments: [["a", "bc"], ["bc", "bc"], [""]])
    func `special tokens that could be confused are refused`(tokens: [String]) {
        #expect(throws: TokenizerError.self) {
            try BytePairTokenizer.train(on: "text", vocabularySize: 300, specialTokens: tokens)
        }
    }

    @Test func `training reports its progress and can be cancelled`() throws {
        let text = try Goldens.text("multilingual.txt")
        let reports = Mutex<[TrainingProgress]>([])
        var trainer = BytePairTrainer(vocabularySize: 1000)
        trainer.progress = { report in reports.withLock { $0.append(report) } }
        _ = try trainer.train(on: [text])
        let seen = reports.withLock { $0 }
        #expect(seen.contains(.counting(bytes: text.utf8.count, of: text.utf8.count)))
        #expect(seen.contains(.merging(merges: 700, of: 744)))

        let asked = Mutex(0)
        trainer.isCancelled = {
            asked.withLock {
                $0 += 1
                return $0 > 3
            }
        }
        #expect(throws: TokenizerError.cancelled) { try trainer.train(on: [text]) }
        #expect(asked.withLock { $0 } == 4)
    }

    @Test func `a cancelled task cancels its training`() async {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try BytePairTrainer(vocabularySize: 300).train(on: ["text"])
        }
        await #expect(throws: TokenizerError.cancelled) { try await task.value }
    }

    @Test func `a file that is not there is named`() {
        let error = #expect(throws: TokenizerError.self) {
            try BytePairTrainer(vocabularySize: 300).train(onFiles: ["no/such/file.txt"])
        }
        #expect(error?.description.contains("no/such/file.txt") == true)
    }
}
