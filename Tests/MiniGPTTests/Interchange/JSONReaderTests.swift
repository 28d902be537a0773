import Testing

@testable import MiniGPT

@Suite("JSONReader")
struct JSONReaderTests {
    private func isAccepted(_ text: String) -> Bool { isAccepted(Array(text.utf8)) }

    private func isAccepted(_ bytes: [UInt8]) -> Bool {
        var reader = JSONReader(bytes)
        do {
            try reader.skip()
            try reader.end()
            return true
        } catch {
            return false
        }
    }

    @Test(arguments: [
        "{}", "[]", " [ 1 , -2.5e+3,0,\t\"a\\u00e9\\n\" , true,false , null ]\n", "0", "-0.5E-7",
        "{\"a\":{\"b\":[[],{}]},\"c\":\"\\ud83d\\ude00\"}", "\"é😀\"",
    ])
    func `Accepts what is JSON`(_ text: String) {
        #expect(isAccepted(text))
    }

    @Test(arguments: [
        "", "{", "[", "{]", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{'a':1}", "01", "-", "1.",
        ".5",
        "1e", "+1", "NaN", "Infinity", "1e999", "tru", "nul", "\"a", "\"\\x\"", "\"\\u12\"",
        "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\u{01}\"", "1 2",
        "{} x",
        "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "[1 2]", "[,1]", "{,}", "/**/1",
    ])
    func `Refuses what is not`(_ text: String) {
        #expect(!isAccepted(text))
    }

    @Test func `Refuses bytes that are not UTF-8`() {
        for bad: [UInt8] in [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80],
        ] {
            #expect(!isAccepted([0x22] + bad + [0x22]))
        }
    }

    @Test func `Nests to its limit and no further`() {
        let limit = JSONReader.maximumDepth
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(isAccepted(nested(limit)))
        #expect(!isAccepted(nested(limit + 1)))
        #expect(!isAccepted(String(repeating: "[{\"a\":", count: 1_000_000)))
    }

    @Test func `Whole numbers are whole, positive and fit`() {
        func wholeNumber(_ text: String) -> Int? {
            var reader = JSONReader(Array(text.utf8))
            guard let value = try? reader.wholeNumber(), (try? reader.end()) != nil else {
                return nil
            }
            return value
        }
        #expect(wholeNumber("0") == 0)
        #expect(wholeNumber("9223372036854775807") == .max)
        for text in [
            "9223372036854775808", "18446744073709551616", "-1", "1.0", "1e3", "007", "", "x",
        ] {
            #expect(wholeNumber(text) == nil)
        }
    }

    @Test func `Strings mean what they say, both ways`() throws {
        let text = "quote \" back \\ slash / tab \t line \n null \0 é 😀 \u{7F}"
        var reader = JSONReader(Array(JSONText.string(text).utf8))
        #expect(try reader.string() == text)
        var escaped = JSONReader(Array("\"\\u0041\\/\\ud83d\\ude00\\b\\f\\r\"".utf8))
        #expect(try escaped.string() == "A/😀\u{08}\u{0C}\r")
    }
}
