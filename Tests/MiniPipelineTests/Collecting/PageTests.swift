import Foundation
import MiniPipeline
import TestSupport
import Testing

@testable import MiniPipeline

@Suite("Pages")
struct PageTests {
    @Test(
        "Tags go, lines stay, entities become characters",
        arguments: [
            ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
            ("a <b>b</b>c\n  d", "a bc d"),
            ("<ul><li>x</li><li>y</li></ul>z", "x\ny\n\nz"),
            ("<script>if (a < b) { \"</p>\" }</script>text<style>p{}</style>", "text"),
            ("<!-- <p>no</p> -->yes<![CDATA[ no ]]>", "yes"),
            ("<pre>a\n   b</pre>", "a\n   b"),
            (
                "1 < 2 &amp; 3 &gt; 2 &eacute;&#233;&#xE9; &hellip; &unknown; & so",
                "1 < 2 & 3 > 2 ééé … &unknown; & so"
            ),
            ("<a title=\"a > b\" href='x'>link</a>", "link"),
            ("<P CLASS=x>A<DIV>B</DIV>", "A\nB"),
            ("one&nbsp;two<hr/>three", "one two\n\nthree"),
            ("<br><br>a<br><br><br>b", "a\n\nb"),
            ("Zu\u{308}rich <em>größer</em>", "Zu\u{308}rich größer"),
            ("<p", ""), ("<", "<"), ("&", "&"), ("<!--", ""), ("<script>", ""), ("", ""),
        ])
    func reduced(_ page: String, _ text: String) {
        #expect(HTMLText(page).text == text)
    }

    @Test("The title of a page is its document's")
    func title() {
        let page = HTMLText(
            "<!DOCTYPE html><html><head><meta charset=utf-8><title>A &amp; B</title><script>x</script></head><body><h1>H</h1>Text</body></html>"
        )
        #expect(page.title == "A & B")
        #expect(page.text == "H\n\nText")
    }

    private func read(_ body: [UInt8], _ type: String?) -> Result<WebText, WebText.Problem> {
        WebText.read(
            HTTPResponse(
                status: 200, headers: type.map { ["content-type": $0] } ?? [:], body: Data(body),
                url: URL(string: "http://h/")!))
    }

    private func text(_ body: [UInt8], _ type: String?) -> String? {
        try? read(body, type).get().text
    }

    @Test("The encoding is that of the header, of the page or what the bytes say")
    func charsets() {
        #expect(text([0xE9], "text/plain; charset=ISO-8859-1") == "é")
        #expect(text([0xC3, 0xA9], "text/plain; charset=\"utf-8\"") == "é")
        #expect(text([0xC3, 0xA9], "text/plain") == "é")
        #expect(text([0x93, 0xE9, 0x94], "text/plain") == "“é”")
        #expect(text([0xCF], "text/plain; charset=windows-1251") == "П")
        let page = Array("<meta charset='iso-8859-1'>".utf8) + [0xE9]
        #expect(text(page, "text/html")?.hasSuffix("é") == true)
        #expect(text([0xE9], "text/plain; charset=utf-8") == nil)
    }

    @Test("What is no text, or in an encoding that is not known, is told apart")
    func kinds() {
        func problem(_ body: [UInt8], _ type: String?) -> WebText.Problem? {
            if case .failure(let problem) = read(body, type) { problem } else { nil }
        }
        #expect(problem([1], "application/pdf") == .type("application/pdf"))
        #expect(problem([65], "text/plain; charset=klingon") == .charset("klingon"))
        #expect(problem([65, 0, 66], "text/plain") == .binary)
        #expect((try? read(Array("<!doctype html><p>x".utf8), nil).get().isHTML) == true)
        #expect((try? read(Array("x".utf8), "application/octet-stream").get().isHTML) == false)
    }

    @Test("Addresses: pages and texts are taken, the rest is named with the reason")
    func collected() async throws {
        let server = try LoopbackServer { request in
            switch request.path {
            case "/page": LoopbackAnswer(200, "<title>T</title><p>Page</p>", type: "text/html")
            case "/text": LoopbackAnswer(200, "Text")
            case "/image": LoopbackAnswer(200, "x", type: "image/png")
            case "/large": LoopbackAnswer(200, String(repeating: "x", count: 2000))
            case "/blank": LoopbackAnswer(200, " \n")
            default: LoopbackAnswer(404, "no")
            }
        }
        let folder = try TemporaryFolder()
        let project = Project(folder.url)
        var collector = Collector(project)
        collector.pace.interval = 0
        let addresses = ["page", "text", "image", "large", "blank", "none"].map {
            "\(server.address)/\($0)"
        }
        let summary = try await collector.collect(
            WebPageSource(addresses, license: "CC0", largestBody: 1000))
        let documents = try DocumentFile.read(project.documents(of: .collect), remedy: .advice(""))
        #expect(documents.map(\.text) == ["Page", "Text"])
        #expect(documents[0].title == "T" && documents[0].license == "CC0")
        #expect(
            summary.skipped.map(\.reason) == [
                "is image/png, which is not text", "cannot be had: its body has more than 1.0 kB",
                "has no text", "answers with status 404",
            ])
    }
}
