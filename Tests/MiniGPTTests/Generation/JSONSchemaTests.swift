import Foundation
import Testing

@testable import MiniGPT

@Suite struct JSONSchemaTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let schema: String
        let good: [String]
        let bad: [String]
        var testDescription: String { schema }
    }

    private static let exampleSchemas = [
        Example(
            schema:
                #"{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"]}"#,
            good: [#"{"name":"A","age":3}"#, #"{ "name": "é\n", "age": -12 }"#],
            bad: [
                #"{"name":"A"}"#, #"{"age":3,"name":"A"}"#, #"{"name":"A","age":3.5}"#,
                #"{"name":"A","age":3,"x":1}"#, #"{"name":"A","age":03}"#, "{}",
                #"{"name":"A","age":3"#, #"{"name":"A" "age":3}"#,
            ]),
        Example(
            schema:
                #"{"properties":{"a":{"type":"null"},"b":{"type":"boolean"},"c":{"const":"x"}},"required":["b"]}"#,
            good: [
                #"{"b":true}"#, #"{"a":null,"b":false}"#, #"{"b":true,"c":"x"}"#,
                #"{"a":null,"b":true,"c":"x"}"#,
            ],
            bad: ["{}", #"{"a":null}"#, #"{"a":null,"c":"x"}"#, #"{"b":true,}"#, #"{,"b":true}"#]),
        Example(
            schema:
                #"{"type":"object","properties":{"id":{"type":"integer"}},"additionalProperties":{"type":"string"}}"#,
            good: [
                "{}", #"{"id":1}"#, #"{"x":"y"}"#, #"{"id":1,"x":"y","i":"","idx":"z"}"#,
                #"{"":""}"#,
            ],
            bad: [#"{"id":"y"}"#, #"{"x":1}"#, #"{"x":"y","id":1}"#, #"{"x":"y","id":"z"}"#]),
        Example(
            schema:
                #"{"type":"array","items":{"type":"integer","minimum":-3,"maximum":120},"minItems":1,"maxItems":3}"#,
            good: ["[-3]", "[0,120]", "[1, 99, 100]"],
            bad: ["[]", "[-4]", "[121]", "[1,2,3,4]", "[1,]", "[1000]", "[-0]"]),
        Example(
            schema: #"{"enum":["red",2,null,{"a":[1]}]}"#,
            good: [#""red""#, "2", "null", #"{"a":[1]}"#], bad: ["red", "3", #""blue""#]),
        Example(
            schema:
                #"{"anyOf":[{"type":"string","minLength":2,"maxLength":3},{"type":["null","boolean"]}]}"#,
            good: [#""ab""#, #""日本語""#, #""a\n""#, "null", "true"],
            bad: [#""a""#, #""abcd""#, "1"]),
        Example(
            schema:
                ##"{"$defs":{"tree":{"type":"object","properties":{"v":{"type":"integer"},"kids":{"type":"array","items":{"$ref":"#/$defs/tree"}}},"required":["v"]}},"$ref":"#/$defs/tree"}"##,
            good: [#"{"v":1}"#, #"{"v":1,"kids":[{"v":2,"kids":[]},{"v":3}]}"#],
            bad: [#"{"kids":[]}"#, #"{"v":1,"kids":[1]}"#]),
        Example(
            schema: #"{"type":"array","prefixItems":[{"type":"number"},{"type":"string"}]}"#,
            good: [#"[1.5e-3,"x"]"#, #"[-0, ""]"#], bad: ["[1]", #"["x",1]"#, #"[1,"x",2]"#]),
        Example(
            schema: #"{"type":"string","format":"date-time"}"#,
            good: [#""2026-11-21T09:51:43Z""#, #""1999-01-31T23:59:59.5+01:00""#],
            bad: [#""2026-13-21T09:51:43Z""#, #""2026-11-21""#, #""2026-11-21T24:00:00Z""#]),
        Example(
            schema: #"{"type":"string","format":"uuid"}"#,
            good: [#""123e4567-e89b-12d3-a456-426614174000""#],
            bad: [#""123e4567e89b12d3a456426614174000""#]),
        Example(
            schema: "true",
            good: [
                "1", #"{"a":[{},[],null]}"#, #""\u00e9\uD83D""#.replacing("\\uD83D", with: ""),
                "[ 1 , 2 ]",
            ],
            bad: ["01", "{a:1}", "[1 2]", "'a'", "1.", "nul", #""\uDC00""#]),
        Example(
            schema: #"{"type":"integer","exclusiveMinimum":9,"exclusiveMaximum":1001}"#,
            good: ["10", "99", "100", "1000"], bad: ["9", "1001", "-10", "010", "10000"]),
        Example(
            schema: #"{"type":"object","required":["k"]}"#, good: [#"{"k":[1]}"#], bad: ["{}"]),
        Example(
            schema: #"{"type":"object"}"#, good: ["{}", #"{"a":1,"b":{}}"#], bad: ["[]", "{1:2}"]),
    ]

    @Test("a schema takes what fulfils it and nothing else", arguments: exampleSchemas)
    func examples(_ example: Example) throws {
        let grammar = try Grammar(jsonSchema: example.schema)
        func takes(_ text: String) throws -> Bool {
            var automaton = try GrammarAutomaton(grammar)
            return try automaton.accept(Array(text.utf8)) && automaton.mayEnd(automaton.state)
        }
        for text in example.good { #expect(try takes(text), "\(text)") }
        for text in example.bad { #expect(try !takes(text), "\(text)") }
    }

    @Test("integers between two bounds, all of them")
    func integers() throws {
        for (low, high) in [(-120, 35), (0, 0), (7, 1_234), (-9, -3), (99, 101), (1_000, 1_000)] {
            let grammar = try Grammar(
                jsonSchema: #"{"type":"integer","minimum":\#(low),"maximum":\#(high)}"#)
            for value in -1_300...1_300 {
                var automaton = try GrammarAutomaton(grammar)
                let isTaken =
                    try automaton.accept(Array("\(value)".utf8))
                    && automaton.mayEnd(automaton.state)
                #expect(isTaken == (low...high).contains(value), "\(value) in \(low)...\(high)")
            }
        }
    }

    private static let refusedSchemas: [(String, String)] = [
        ("{", "line 1"), ("[]", "#"), ("false", "#"), (#"{"type":"text"}"#, "#/type"),
        (#"{"type":"string","pattern":"a*"}"#, "#"), (#"{"allOf":[true]}"#, "#"),
        (#"{"properties":{"a":{"minimum":3}}}"#, "#/properties/a"),
        (##"{"$ref":"#/$defs/none"}"##, "#"), (#"{"$ref":"http://example.org/x"}"#, "#"),
        (#"{"enum":[]}"#, "#/enum"), (#"{"anyOf":[]}"#, "#/anyOf"),
        (#"{"type":"array","minItems":3,"maxItems":2}"#, "#"),
        (#"{"type":"integer","minimum":5,"maximum":4}"#, "#"),
        (#"{"type":"string","format":"email"}"#, "#/format"),
        (#"{"type":"string","minLength":-1}"#, "#/minLength"), ("{} x", "line 1"),
        (#"{"a":1,"a":2}"#, "line 1"),
    ]

    @Test(
        "what a schema asks and no grammar gives is refused with its place",
        arguments: refusedSchemas.indices)
    func refused(_ index: Int) {
        let (schema, place) = Self.refusedSchemas[index]
        do {
            _ = try Grammar(jsonSchema: schema)
            Issue.record("This was accepted: \(schema)")
        } catch {
            guard case .schema(let path, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(path == place, "\(error)")
        }
    }

    @Test("schemas without end or bottom are refused")
    func hostile() {
        for schema in [
            ##"{"$ref":"#"}"##, ##"{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}"##,
            ##"{"type":"array","items":{"$ref":"#"},"minItems":1}"##,
            String(repeating: "[", count: 100_000),
            String(repeating: #"{"items":"#, count: 60) + "true"
                + String(repeating: "}", count: 60),
            #"{"type":"string","maxLength":1000000}"#,
        ] {
            #expect(throws: GrammarError.self) { try Grammar(jsonSchema: schema) }
        }
    }
}
