import Foundation
import MiniPipeline
import TestSupport
import Testing

@testable import MiniPipeline

@Suite("Project Gutenberg")
struct GutenbergTests {
    private static let body =
        "CHAPTER I.\n\nDown the Rabbit-Hole\n\n* * * * *\n\nThe end of the chapter."

    static let headers = [
        "*** START OF THE PROJECT GUTENBERG EBOOK ALICE ***\n\n",
        "*** START OF THIS PROJECT GUTENBERG EBOOK ALICE'S ADVENTURES\nIN WONDERLAND ***\n\n",
        "***START OF THE PROJECT GUTENBERG EBOOK ALICE***\n\n\nE-text prepared by Somebody\nand others\n\n\n",
        "*** START OF THE PROJECT GUTENBERG EBOOK ALICE ***\n\nProduced by Arthur DiBianca\n\n\n",
        "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n\n\n",
        "*END THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n",
    ]

    static let footers = [
        "\n\n*** END OF THE PROJECT GUTENBERG EBOOK ALICE ***\nUpdated editions…\n",
        "\n*** END OF THIS PROJECT GUTENBERG EBOOK ALICE ***\n",
        "\n\n***END OF THE PROJECT GUTENBERG EBOOK ALICE***\n\n******* This file…\n",
        "\n\nEnd of Project Gutenberg's Alice, by Lewis Carroll\n\n*** END OF THE PROJECT GUTENBERG EBOOK ALICE ***\n",
        "\n\nEnd of the Project Gutenberg EBook of Alice\n",
        "\nEnd of The Project Gutenberg Etext of Alice\n",
        "",
    ]

    @Test("Headers and footers of all times are taken off", arguments: headers, footers)
    func marks(_ header: String, _ footer: String) {
        let head = "The Project Gutenberg EBook of Alice, by Lewis Carroll\n\nTitle: Alice\n\n"
        let text = GutenbergText(head + header + Self.body + footer)
        #expect(text.text == Self.body)
        #expect(text.hasHeader && text.title == "Alice")
    }

    @Test("What the header says is kept; Windows' ends of lines are none of the text")
    func fields() {
        let text = GutenbergText(
            "\u{FEFF}The Project Gutenberg eBook\r\nTitle: A long title\r\n        that goes on\r\n\r\nAuthor: Nobody\r\n\r\nLanguage: French\r\n\r\nThis is a COPYRIGHTED Project Gutenberg eBook\r\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\r\n\r\nUn.\r\nDeux.\r\n"
        )
        #expect(text.title == "A long title that goes on")
        #expect(text.author == "Nobody" && text.language == "French" && text.isCopyrighted)
        #expect(text.text == "Un.\nDeux.")
    }

    @Test("A text without marks stays whole")
    func plain() {
        let text = GutenbergText("Just a text.\n\nWith *stars*.\n")
        #expect(text.text == "Just a text.\n\nWith *stars*." && !text.hasHeader)
    }

    @Test("Books come by number; one that is not there is named")
    func collected() async throws {
        let server = try LoopbackServer { request in
            guard request.path == "/cache/epub/11/pg11.txt" else {
                return LoopbackAnswer(404, "<html>none</html>", type: "text/html")
            }
            return LoopbackAnswer(
                200,
                "Title: Alice\nAuthor: Lewis Carroll\nLanguage: English\n" + Self.headers[0]
                    + Self.body + Self.footers[0])
        }
        let folder = try TemporaryFolder()
        let project = Project(folder.url)
        var collector = Collector(project)
        collector.pace.interval = 0
        let summary = try await collector.collect(
            GutenbergSource([11, 12], address: server.address))
        let documents = try DocumentFile.read(project.documents(of: .collect), remedy: .advice(""))
        #expect(documents.map(\.id) == ["gutenberg:11"])
        #expect(documents[0].title == "Alice, by Lewis Carroll" && documents[0].language == "en")
        #expect(documents[0].license?.hasPrefix("public domain in the USA") == true)
        #expect(summary.skipped.map(\.name) == ["Book 12"])
        #expect(
            GutenbergSource([11]).interval == 2 && GutenbergSource([11], address: "x").interval == 0
        )
    }
}
