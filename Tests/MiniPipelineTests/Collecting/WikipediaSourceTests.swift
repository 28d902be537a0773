import Foundation
import MiniPipeline
import TestSupport
import Testing

@testable import MiniPipeline

@Suite("Wikipedia")
struct WikipediaSourceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func collector() -> Collector {
        var collector = Collector(Project(folder.url))
        collector.pace.interval = 0
        collector.pace.firstWait = 0.001
        collector.contact = "test@example.org"
        return collector
    }

    private func documents() throws -> [Document] {
        try DocumentFile.read(
            Project(folder.url).documents(of: .collect), remedy: .advice("collect again"))
    }

    @Test("A category comes with the categories in it, in order, over all pages of the list")
    func category() async throws {
        let wiki = try LoopbackWikipedia()
        let summary = try await collector().collect(
            WikipediaSource(.category("Mills", depth: 1), address: wiki.address))
        let documents = try documents()
        #expect(
            documents.map(\.title) == [
                "Watermill", "Windmill", "Millstone", "Miller", "Grist", "Fulling mill",
                "Paper mill", "Sawmill", "Tide mill", "Horse mill", "Hopper", "Mill race",
            ])
        #expect(
            summary.skipped == [
                SkippedText(
                    name: "Mill (disambiguation)", reason: "only lists what the word can mean"),
                SkippedText(name: "Empty mill", reason: "has no text"),
            ])
        #expect(
            documents[0]
                == Document(
                    id: "enwiki:100", title: "Watermill",
                    text: LoopbackWikipedia.text(of: "Watermill"),
                    source: "https://en.wikipedia.org/wiki/Watermill?oldid=9100",
                    license:
                        "Creative Commons Attribution-Share Alike 4.0 (https://creativecommons.org/licenses/by-sa/4.0/deed.en)",
                    language: "en"))
        let requests = wiki.server.requests
        #expect(summary.requests == requests.count && summary.retries == 0)
        #expect(
            requests.allSatisfy {
                $0.headers["user-agent"] == "MiniGPT/1.0 (test@example.org) minigpt-collect"
            })
        #expect(requests.allSatisfy { $0.parameters["maxlag"] == "5" })
        #expect(folder.names("data/raw") == ["documents.jsonl", "text.txt"])
    }

    @Test("Titles: redirects are followed, what is missing or no title is named, none comes twice")
    func titles() async throws {
        let wiki = try LoopbackWikipedia()
        let titles = ["Water mill", "Nothing at all", "Watermill", "A<b", "Corn miller"]
        let summary = try await collector().collect(
            WikipediaSource(.titles(titles), address: wiki.address))
        #expect(try documents().map(\.title) == ["Watermill", "Miller"])
        #expect(
            summary.skipped.map(\.reason) == [
                "does not exist", "leads to Watermill, which is there already",
                "is no title: The title contains \"<\".",
            ])
    }

    @Test("Other languages have other hosts and other words for a category")
    func french() async throws {
        let wiki = try LoopbackWikipedia()
        try await collector().collect(
            WikipediaSource(.titles(["Moulin"]), language: "fr", address: wiki.address))
        let document = try #require(try documents().first)
        #expect(document.id == "frwiki:114" && document.language == "fr")
        #expect(document.text.contains("céréales") && document.text.contains("== Histoire =="))
        #expect(wiki.server.requests.allSatisfy { $0.path == "/fr/w/api.php" })
        await #expect(throws: PipelineError.self) {
            try await collector().collect(
                WikipediaSource(
                    .category("catégorie:Vide", depth: 0), language: "fr", address: wiki.address))
        }
        #expect(wiki.server.requests.last?.parameters["cmtitle"] == "catégorie:Vide")
    }

    @Test("A search goes on until the limit, and articles come at random")
    func searchAndRandom() async throws {
        let wiki = try LoopbackWikipedia()
        try await collector().collect(
            WikipediaSource(.search("mill"), limit: 6, address: wiki.address))
        #expect(
            try documents().map(\.title) == [
                "Watermill", "Windmill", "Millstone", "Miller", "Fulling mill",
            ])
        let summary = try await collector().collect(
            WikipediaSource(.random, limit: 2, address: wiki.address))
        #expect(summary.added == 1 && summary.unchanged == 1)
        #expect(try documents().last?.title == "Sawmill")
    }

    @Test("Every trouble passes, and the files are those of a day without any")
    func troubles() async throws {
        let calm = try LoopbackWikipedia()
        let source = WikipediaSource(.category("Mills", depth: 1), address: calm.address)
        try await collector().collect(source)
        let expected = try folder.read("data/raw/documents.jsonl")

        let wiki = try LoopbackWikipedia([
            0: .maxlag, 2: .tooManyRequests(seconds: 0), 4: .brokenBody, 7: .redirect,
            10: .unavailable, 12: .brokenBody,
            15: .failure(code: "internal_api_error_DBQueryError"),
        ])
        var stormy = source
        stormy.address = wiki.address
        var collector = collector()
        collector.replaces = true
        let summary = try await collector.collect(stormy)
        #expect(try folder.read("data/raw/documents.jsonl") == expected)
        #expect(summary.retries == 6)
        // One more for each of those, and one for the redirect.
        #expect(wiki.server.requests.count == calm.server.requests.count + 7)
    }

    @Test("An error that does not pass ends the collection with what the server says")
    func failure() async throws {
        let wiki = try LoopbackWikipedia([1: .failure(code: "cmbadcat")])
        let error = await #expect(throws: PipelineError.self) {
            try await collector().collect(
                WikipediaSource(.category("Mills", depth: 0), address: wiki.address))
        }
        #expect(error?.description == "127.0.0.1 says cmbadcat: It is so.")
        // What had come is there for the next time.
        #expect(folder.names("data/raw").count == 1)
    }

    @Test("What is no MediaWiki is told apart")
    func notWiki() async throws {
        let server = try LoopbackServer { _ in LoopbackAnswer(200, "<html>", type: "text/html") }
        let error = await #expect(throws: PipelineError.self) {
            try await collector().collect(
                WikipediaSource(.random, address: server.address + "/api.php"))
        }
        #expect(error?.description.contains("does not answer as a MediaWiki does") == true)
    }

    @Test("Parameters are written so that no sign is taken for another")
    func parameters() throws {
        let url = try MediaWikiAPI.url(
            #require(URL(string: "http://h/w/api.php")), ["titles": "C++ & é=1?", "a": "x|y"])
        #expect(
            url.absoluteString == "http://h/w/api.php?a=x%7Cy&titles=C%2B%2B%20%26%20%C3%A9%3D1%3F")
    }
}
