import Testing

@Suite("Swift in the documents")
struct SnippetTests {
    @Test("Each piece of Swift in a document is compiled and run by a test, word by word")
    func covered() throws {
        let (documents, tests) = (try Snippet.inDocuments(), try Snippet.inTests())
        #expect(documents.count >= 10)
        for snippet in documents {
            // The lines for a manifest: the importing package has them.
            if snippet.code.hasPrefix(".package(") { continue }
            let place = "\(snippet.document) \(snippet.number)"
            let test = tests.first {
                $0.document == snippet.document && $0.number == snippet.number
            }
            guard let test else {
                Issue.record("No test compiles \(place):\n\(snippet.code)")
                continue
            }
            #expect(
                test.essence == test.essence(of: snippet),
                "\(place) says\n\(snippet.code)\nbut the test has\n\(test.code)")
        }
    }

    @Test("Each piece of the tests is in a document")
    func known() throws {
        let documents = try Snippet.inDocuments()
        for test in try Snippet.inTests() {
            let isThere = documents.contains {
                $0.document == test.document && $0.number == test.number
            }
            #expect(isThere, "\(test.document) has no piece \(test.number)")
        }
    }
}
