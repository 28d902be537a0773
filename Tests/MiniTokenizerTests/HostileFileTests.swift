import Foundation
import Testing

@testable import MiniTokenizer

/// Broken tokenizer files: a typed error that names file and entry, or a tokenizer that works;
/// never a crash. Every truncation and thousands of mutations of every format.
@Suite struct HostileFileTests {
    private static let file = "broken-file"

    enum Format: String, CaseIterable, Sendable {
        case pairs, strings, vocabulary, merges, tiktoken
    }

    /// A small valid tokenizer, and with it a valid file of each format.
    private static let valid = Result {
        var trainer = BytePairTrainer(vocabularySize: 290)
        trainer.specialTokens = ["<|endoftext|>", "<pad>"]
        let tokenizer = try trainer.train(on: ["the theatre, the théâtre 劇場 劇場 the"]).tokenizer
        var files: [Format: [UInt8]] = [:]
        files[.pairs] = try tokenizer.huggingFaceJSON(merges: .pairs)
        files[.strings] = try tokenizer.huggingFaceJSON(merges: .strings)
        files[.tiktoken] = try tokenizer.tiktokenRanks()
        let folder = NSTemporaryDirectory() + "hostile-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (vocabulary, merges) = ("\(folder)/vocab.json", "\(folder)/merges.txt")
        try tokenizer.writeVocabularyAndMerges(vocabularyPath: vocabulary, mergesPath: merges)
        files[.vocabulary] = try FileReader.contents(of: vocabulary)
        files[.merges] = try FileReader.contents(of: merges)
        return files
    }

    private func read(_ format: Format, _ bytes: [UInt8]) throws(TokenizerError)
        -> BytePairTokenizer
    {
        let valid = (try? Self.valid.get()) ?? [:]
        switch format {
        case .pairs, .strings:
            return try .read(huggingFaceJSON: bytes, file: Self.file)
        case .tiktoken:
            return try .read(
                tiktokenRanks: bytes, specialTokens: ["<|endoftext|>": 0, "<pad>": 1],
                file: Self.file)
        case .vocabulary, .merges:
            let isVocabulary = format == .vocabulary
            return try MergesFile.read(
                vocabulary: isVocabulary ? bytes : valid[.vocabulary] ?? [],
                merges: { isVocabulary ? valid[.merges] ?? [] : bytes },
                vocabularyPath: isVocabulary ? Self.file : "vocab.json",
                mergesPath: isVocabulary ? "merges.txt" : Self.file, splitting: .gpt2,
                specialTokens: nil)
        }
    }

    /// Reads, and uses what could be read. Returns whether it could.
    @discardableResult
    private func attempt(_ format: Format, _ bytes: [UInt8], _ what: String) -> Bool {
        do throws(TokenizerError) {
            let tokenizer = try read(format, bytes)
            let text = "the théâtre\n劇場 <pad>\t42"
            let tokens = try tokenizer.encode(text, specialTokens: .recognized)
            if tokenizer.normalizations.isEmpty, !tokenizer.model.settings.addsPrefixSpace {
                #expect(tokenizer.decodeBytes(tokens) == Array(text.utf8), "\(what)")
            }
            #expect(tokens.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize })
            return true
        } catch {
            switch error {
            case .malformedFile(let file, let entry, let reason, _),
                .unsupported(let file, let entry, let reason):
                let names = [Self.file, "vocab.json", "merges.txt"]
                #expect(names.contains(file) && !entry.isEmpty && !reason.isEmpty, "\(what)")
            default: Issue.record("\(what): \(error)")
            }
            return false
        }
    }

    @Test(arguments: Format.allCases)
    func `a file that is cut off anywhere is an error`(format: Format) throws {
        let bytes = try #require(try Self.valid.get()[format])
        #expect(attempt(format, bytes, "the whole file"))
        for length in 0..<bytes.count {
            let isRead = attempt(format, Array(bytes[..<length]), "the first \(length) bytes")
            switch format {
            case .pairs, .strings, .vocabulary:
                // Only white space may be missing at the end of JSON.
                let rest = bytes[length...]
                if isRead, !rest.allSatisfy({ $0 == 0x0A || $0 == 0x20 }) {
                    Issue.record("the first \(length) bytes were read")
                }
            case .merges, .tiktoken:
                // Files of lines do not say how many there are: whole lines are a file, and the
                // bytes of a last line without its end can be one.
                break
            }
        }
    }

    @Test(arguments: Format.allCases)
    func `mutated files end in an error or in a tokenizer that works`(format: Format) throws {
        let bytes = try #require(try Self.valid.get()[format])
        var generator = SplitMix64(state: 4711)
        var isRead = 0
        for round in 0..<2000 {
            let mutated = Self.mutated(bytes, &generator)
            if attempt(format, mutated, "mutation \(round)") { isRead += 1 }
        }
        // Both must occur, or the mutations test nothing.
        #expect(isRead > 0 && isRead < 2000)
    }

    private static let fragments: [[UInt8]] = [
        "\"", "{", "}", "[", "]", ",", ":", "-1", "99999999999999999999", "1e9", "null", "true",
        "\\ud800", "\\u0000", "\u{FEFF}", "\n", "\r", "\t", " ", "Ġ", "\"Ġ\"", "0", "2147483648",
        "AA==", "====", "<", "💥",
    ].map { Array($0.utf8) }

    static func mutated(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var result = bytes
        for _ in 0...generator.next(3) where !result.isEmpty {
            let place = generator.next(result.count)
            let end = min(result.count, place + 1 + generator.next(20))
            switch generator.next(7) {
            case 0: result[place] = UInt8(generator.next(256))
            case 1: result[place] ^= 1 << UInt8(generator.next(8))
            case 2: result.removeSubrange(place..<end)
            case 3: result.insert(contentsOf: result[place..<end], at: place)
            case 4: result.insert(contentsOf: fragments[generator.next(fragments.count)], at: place)
            case 5:
                result.replaceSubrange(
                    place..<end, with: fragments[generator.next(fragments.count)])
            default:
                let other = generator.next(result.count)
                result.swapAt(place, other)
            }
        }
        return result
    }

    private func message(_ format: Format, _ text: String) -> String {
        do throws(TokenizerError) {
            _ = try read(format, Array(text.utf8))
            return "no error"
        } catch {
            return error.description
        }
    }

    private static let alphabet = (0..<256).map {
        "\(quoted(ByteAlphabet.visible([UInt8($0)]))): \($0)"
    }.joined(separator: ", ")

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func document(
        vocabulary: String = alphabet, merges: String = "", added: String = ""
    ) -> String {
        """
        {"added_tokens": [\(added)], "pre_tokenizer": {"type": "ByteLevel"},
        "model": {"type": "BPE", "vocab": {\(vocabulary)}, "merges": [\(merges)]}}
        """
    }

    @Test func `what is wrong is said with file, entry and reason`() {
        let ab = Self.alphabet + ", \"ab\": 256"
        let cases: [(text: String, parts: [String])] = [
            ("", ["document"]),
            ("[]", ["document"]),
            (document(merges: "[\"a\", \"b\"]"), ["model.merges[0]", "\"ab\"", "vocabulary"]),
            (document(vocabulary: ab, merges: "\"a b c\""), ["model.merges[0]", "two tokens"]),
            (
                document(vocabulary: ab, merges: "[\"a\",\"b\"],[\"a\",\"b\"]"),
                ["model.merges[1]", "twice"]
            ),
            (
                document(vocabulary: Self.alphabet + ", \"a\": 256"),
                ["model.vocab", "\"a\"", "twice"]
            ),
            (document(vocabulary: Self.alphabet + ", \"ab\": 7"), ["same id 7"]),
            (document(vocabulary: Self.alphabet + ", \"ab\": 300"), ["300", "missing"]),
            (document(vocabulary: Self.alphabet + ", \"ab\": -1"), ["-1", "\"ab\""]),
            (
                document(vocabulary: Self.alphabet + ", \"ab\": 9223372036854775808"),
                ["too large"]
            ),
            (document(vocabulary: Self.alphabet + ", \"ab\": 1.5"), ["whole number"]),
            (document(vocabulary: "\"a\": 0"), ["bytes of UTF-8"]),
            (document(added: "{\"id\": 9, \"content\": \"x!\"}"), ["x!", "9"]),
            (document(added: "{\"id\": 256}"), ["added_tokens[0]", "content"]),
            (document(added: "{\"id\": 1e99, \"content\": \"x!\"}"), ["added_tokens[0]", "id"]),
            (String(repeating: "[", count: 100_000), ["document"]),
            ("{\"model\": " + String(repeating: "[", count: 100_000), ["nested"]),
            ("{\"model\": {}, \"model\": {}}", ["twice"]),
        ]
        for (text, parts) in cases {
            let message = message(.pairs, text)
            for part in parts + [Self.file] {
                #expect(message.contains(part), "\(message) should name \(part)")
            }
        }
    }

    @Test func `rank files say which line or rank is wrong`() {
        let bytes = (0..<256).map { byte in
            var base64: [UInt8] = []
            Base64.encode([UInt8(byte)], to: &base64)
            return "\(String(decoding: base64, as: UTF8.self)) \(byte + 2)\n"
        }.joined()
        let cases: [(text: String, parts: [String])] = [
            ("", ["single byte 0"]),
            (bytes + "YWI= 258", []),
            (bytes + "YWI 258", ["line 257", "Base64"]),
            (bytes + "YWI=", ["line 257"]),
            (bytes + "YWI= -1", ["line 257", "number"]),
            (bytes + "YWI= 99999999999999999999", ["line 257"]),
            (bytes + "YWI= 999999999", ["line 257", "999999999"]),
            (bytes + "YWI= 300", ["rank 258"]),
            (bytes + "YWI= 7", ["rank 7", "Two tokens"]),
            (bytes + "YQ== 258", ["line 257", "twice"]),
            (bytes.replacingOccurrences(of: "YQ== 99\n", with: "YWI= 99\n"), ["single byte 97"]),
        ]
        for (text, parts) in cases {
            let message = message(.tiktoken, text)
            if parts.isEmpty {
                #expect(message == "no error")
                continue
            }
            for part in parts + [Self.file] {
                #expect(message.contains(part), "\(message) should name \(part)")
            }
        }
    }

    @Test func `a file larger than any tokenizer's is refused before it is read`() throws {
        let path = NSTemporaryDirectory() + "hostile-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("{".utf8).write(to: URL(fileURLWithPath: path))
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 1 << 33)  // sparse: it takes no room
        try handle.close()
        let error = #expect(throws: TokenizerError.self) { try BytePairTokenizer.open(path) }
        #expect(error?.description.contains(path) == true)
        #expect(error?.description.contains("8589934592") == true)
    }
}
