import Testing

@testable import MiniSupport

@Suite("JSONReader")
struct JSONReaderTests {
    private func isAccepted(_ text: String) -> Bool { isAccepted(Array(text.utf8)) }

    private func isAccepted(_ bytes: [UInt8]) -> Bool {
        let isPassed: Bool
        do {
            try JSONReader<JSONProblem>.read(bytes) { (reader) throws(JSONProblem) in
                try reader.skip()
                try reader.end()
            }
            isPassed = true
        } catch {
            isPassed = false
        }
        let isRead = (try? JSONNode(strict: bytes)) != nil
        #expect(isPassed == isRead, "Passing over a value is as strict as reading it.")
        return isRead
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
        "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\ud83d \\ude00\"",
        "\"\\ud83d\n\\ude00\"", "\"\\ud83d\t\\ude00\"",
        "\"\\udc00\"", "\"\u{01}\"", "1 2",
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
        let limit = JSONReader<JSONProblem>.maximumDepth
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(isAccepted(nested(limit)))
        #expect(!isAccepted(nested(limit + 1)))
        #expect(!isAccepted(String(repeating: "[{\"a\":", count: 1_000_000)))
    }

    @Test func `Whole numbers are whole, positive and fit`() {
        func wholeNumber(_ text: String) -> Int? {
            try? JSONReader<JSONProblem>.read(Array(text.utf8)) { (reader) throws(JSONProblem) in
                let value = try reader.wholeNumber()
                try reader.end()
                return value
            }
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
        func string(_ text: String) throws -> String? {
            try JSONNode(strict: Array(text.utf8)).string
        }
        #expect(try string(JSONText.string(text)) == text)
        #expect(
            try string("\"\\u0041\\/\\ud83d\\ude00\\b\\f\\r\"") == "A/😀\u{08}\u{0C}\r")
    }

    @Test func `A mistake is named with its place`() throws {
        let error = #expect(throws: JSONProblem.self) {
            try JSONNode(strict: Array("{\"a\":1,\"a\":2}".utf8))
        }
        #expect(error?.position == 11 && error?.problem.contains("'a'") == true)
    }

    @Test(arguments: [3, 2_000])
    func `Members keep their order and are found by name`(_ count: Int) throws {
        let names = (0..<count).map { "n\($0 * 7_919 % count)" }
        let text = JSONText.object(names.enumerated().map { (key: $1, value: "\($0)") })
        let node = try JSONNode(strict: Array(text.utf8))
        guard case .object(let members) = node else {
            Issue.record("An object was read as something else.")
            return
        }
        #expect(members.map(\.key) == names)
        for (index, name) in names.enumerated() { #expect(node[name]?.count == index) }
        #expect(node["x"] == nil && node.json == text)
    }

    @Test func `Numbers keep their spelling`() throws {
        #expect(try JSONNode(strict: Array("[1.50,-0,1E2]".utf8)).json == "[1.50,-0,1E2]")
    }
}
