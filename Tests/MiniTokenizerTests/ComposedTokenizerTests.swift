import Foundation
import MiniTokenizer
import Testing

/// Equality with Hugging Face's library on random `tokenizer.json` files; see
/// Goldens/make_composed.py. `MINIGPT_COMPOSED` names a larger file of that script.
@Suite struct ComposedTokenizerTests {
    struct Golden: Decodable {
        struct Case: Decodable {
            var tokenizer: String
            var runs: [Run]
        }

        /// A text by its number, and what the library makes of it; nothing where it fails.
        struct Run: Decodable {
            var text: Int
            var result: Result?

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                text = try container.decode(Int.self)
                result = try container.decodeNil() ? nil : container.decode(Result.self)
            }
        }

        struct Result: Decodable {
            var ids: [Int32]
            var places: [Int]
            var plain: [Int32]
            var decoded, decodedPlain: String

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                ids = try container.decode([Int32].self)
                places = try container.decode([Int].self)
                plain = try container.decode([Int32].self)
                decoded = try container.decode(String.self)
                decodedPlain = try container.decode(String.self)
            }
        }

        var texts: [String]
        var cases: [Case]
    }

    static let golden = Swift.Result {
        guard let path = ProcessInfo.processInfo.environment["MINIGPT_COMPOSED"] else {
            return try Goldens.json("composed.json", as: Golden.self)
        }
        return try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// The first thing that differs in a case, if any does.
    private func difference(_ test: Golden.Case, _ texts: [String]) -> String? {
        let tokenizer: ComposedTokenizer
        do throws(TokenizerError) {
            tokenizer = try ComposedTokenizer.read(huggingFaceJSON: Array(test.tokenizer.utf8))
        } catch {
            return "It does not open: \(error)"
        }
        for run in test.runs {
            let text = texts[run.text]
            let what = "text \(run.text) \(text.debugDescription)"
            let spans: [TokenSpan]
            let plain: [Int32]
            do throws(TokenizerError) {
                spans = try tokenizer.spans(
                    of: text, specialTokens: .recognized, addsSpecialTokens: true)
                plain = try tokenizer.encode(text, specialTokens: .recognized)
            } catch {
                if run.result == nil { continue }
                return "\(what) is refused: \(error)"
            }
            guard let result = run.result else { return "\(what) should be refused" }
            let ids = spans.map(\.token)
            if ids != result.ids { return "ids of \(what): \(ids), not \(result.ids)" }
            if plain != result.plain {
                return "plain ids of \(what): \(plain), not \(result.plain)"
            }
            let places = characterPlaces(spans, text)
            // With byte fallback and a suffix the library counts on behind the end of the text.
            let end = text.unicodeScalars.count
            if places.map({ min($0, end) }) != result.places.map({ min($0, end) }) {
                return "places of \(what): \(places), not \(result.places)"
            }
            let decoded = tokenizer.decode(ids)
            if !decoded.utf8.elementsEqual(result.decoded.utf8) {
                return "text of \(what): \(decoded.debugDescription), not "
                    + result.decoded.debugDescription
            }
            let decodedPlain = tokenizer.decode(ids, skippingSpecialTokens: true)
            if !decodedPlain.utf8.elementsEqual(result.decodedPlain.utf8) {
                return "plain text of \(what): \(decodedPlain.debugDescription), not "
                    + result.decodedPlain.debugDescription
            }
        }
        return fastDifference(test, texts)
    }

    /// The first difference of the byte-level tokenizer, of a file that is for one.
    private func fastDifference(_ test: Golden.Case, _ texts: [String]) -> String? {
        guard
            let tokenizer = try? BytePairTokenizer.read(huggingFaceJSON: Array(test.tokenizer.utf8))
        else { return nil }
        for run in test.runs {
            guard let result = run.result else { continue }
            let text = texts[run.text]
            let plain = try? tokenizer.encode(text, specialTokens: .recognized)
            if plain != result.plain {
                return
                    "byte-level ids of \(text.debugDescription): \(plain ?? []), not \(result.plain)"
            }
            let ids = try? tokenizer.encode(
                text, specialTokens: .recognized, addsSpecialTokens: true)
            if ids != result.ids {
                return "byte-level ids of \(text.debugDescription): \(ids ?? []), not \(result.ids)"
            }
        }
        return nil
    }

    /// Places in characters, by the rules of the library's `BytesToCharOffsetConverter`.
    private func characterPlaces(_ spans: [TokenSpan], _ text: String) -> [Int] {
        var characterOfByte: [Int] = []
        for (index, scalar) in text.unicodeScalars.enumerated() {
            for _ in 0..<UTF8.width(scalar) { characterOfByte.append(index) }
        }
        return spans.flatMap { span -> [Int] in
            let (start, end) = (span.byteRange.lowerBound, span.byteRange.upperBound)
            guard start < characterOfByte.count else { return [start, end] }
            let first = characterOfByte[start]
            if end < characterOfByte.count { return [first, characterOfByte[end]] }
            let last =
                end - 1 < characterOfByte.count ? characterOfByte[max(end - 1, 0)] : first + 1
            return [first, last + 1]
        }
    }

    @Test func `ids, places and texts of random tokenizers are the library's`() throws {
        let golden = try Self.golden.get()
        var failed = 0
        for (index, test) in golden.cases.enumerated() {
            guard let difference = difference(test, golden.texts) else { continue }
            failed += 1
            if failed <= 8 {
                Issue.record("tokenizer \(index): \(difference)\n\(test.tokenizer.prefix(2500))")
            }
        }
        #expect(failed == 0, "\(failed) of \(golden.cases.count) tokenizers differ")
        #expect(golden.cases.count >= 40)
    }

    @Test func `byte-level files as authors publish them give the library's ids`() throws {
        let golden = try Goldens.json("byte-level.json", as: Golden.self)
        for (index, test) in golden.cases.enumerated() {
            let difference = difference(test, golden.texts)
            #expect(difference == nil, "tokenizer \(index): \(difference ?? "")")
        }
        // Vocabularies without all bytes of UTF-8 lose text, which is said.
        let lossy = golden.cases.indices.filter { index in
            let document = Array(golden.cases[index].tokenizer.utf8)
            let tokenizer = try? TokenizerFile.read(huggingFaceJSON: document) as? ComposedTokenizer
            return tokenizer?.warnings.isEmpty == false
        }
        #expect(lossy == [3, 6])
    }

    @Test func `a tokenizer that is written and read again is the same`() throws {
        let golden = try Self.golden.get()
        for test in golden.cases.prefix(100) {
            let tokenizer = try ComposedTokenizer.read(huggingFaceJSON: Array(test.tokenizer.utf8))
            let written = tokenizer.huggingFaceJSON()
            let again = try ComposedTokenizer.read(huggingFaceJSON: written)
            #expect(again.huggingFaceJSON() == written)
            for run in test.runs {
                guard let result = run.result else { continue }
                let text = golden.texts[run.text]
                let ids = try again.encode(
                    text, specialTokens: .recognized, addsSpecialTokens: true)
                #expect(ids == result.ids, "\(text.debugDescription): \(test.tokenizer)")
            }
        }
    }

    @Test func `tokens one by one give the text of all`() throws {
        let golden = try Self.golden.get()
        for test in golden.cases.prefix(100) {
            let tokenizer = try ComposedTokenizer.read(huggingFaceJSON: Array(test.tokenizer.utf8))
            for run in test.runs {
                guard let result = run.result else { continue }
                var decoder = tokenizer.streamingDecoder()
                var text = ""
                for id in result.ids { text += decoder.append(id) }
                text += decoder.finish()
                let whole = tokenizer.decode(result.ids)
                #expect(
                    text.utf8.elementsEqual(whole.utf8),
                    "\(text.debugDescription), not \(whole.debugDescription): \(test.tokenizer)")
            }
        }
    }
}
