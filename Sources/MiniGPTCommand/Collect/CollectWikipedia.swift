import ArgumentParser
import Foundation
import MiniPipeline

/// `minigpt collect wikipedia`
struct CollectWikipedia: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wikipedia",
        abstract: "Articles of Wikipedia in any language, as plain text.",
        discussion: """
            The articles are named, or found by category, by a search or at random. One question a \
            second goes to the server, which wants to know whom to turn to: give an address of mail or \
            of a page with --contact, or in the environment variable MINIGPT_CONTACT.

            The texts are under Creative Commons licences, which ask for the authors to be named; each \
            document keeps the address of its revision.

            Examples:
              minigpt collect wikipedia --title Physics --title "Marie Curie" --contact me@example.org
              minigpt collect wikipedia --language fr --category Physique --depth 1 --limit 500 --contact me@example.org
              minigpt collect wikipedia --search "black holes" --limit 50 --contact me@example.org
              minigpt collect wikipedia --random --limit 100 --contact me@example.org
            """)

    @Option(name: .customLong("title"), help: "An article; may be given several times.")
    var titles: [String] = []
    @Option(help: ArgumentHelp("A file with one title on each line.", valueName: "file"))
    var titlesFrom: String?
    @Option(help: "The articles of a category.") var category: String?
    @Option(help: "With --category: how many levels of categories in it to look into.")
    var depth = 0
    @Option(help: ArgumentHelp("The articles that a search finds.", valueName: "words"))
    var search: String?
    @Flag(help: "Articles at random.") var random = false
    @Option(help: "At most so many articles. (default: 100; all that are named)") var limit: Int?
    @Option(help: "Which Wikipedia: en, fr, de …") var language = "en"
    @Option(help: "Whom the server can turn to: an address of mail or of a page.")
    var contact: String?
    @Option(
        help: ArgumentHelp(
            "The API of another MediaWiki; LANG in it stands for the language.", valueName: "url"))
    var apiURL = WikipediaSource.wikipedia
    @Option(
        help: ArgumentHelp(
            "How far the servers may be behind before they send us away.", valueName: "seconds"))
    var maxlag = 5

    @OptionGroup var network: NetworkOptions
    @OptionGroup var options: CollectionOptions

    func validate() throws {
        let ways = [!titles.isEmpty || titlesFrom != nil, category != nil, search != nil, random]
        guard ways.count(where: { $0 }) == 1 else {
            throw ValidationError(
                "Say which articles in one way: --title (or --titles-from), --category, --search or --random."
            )
        }
        if let limit, !(1...1_000_000).contains(limit) {
            throw ValidationError("--limit is \(limit), but must be from 1 to 1000000.")
        }
        guard (0...20).contains(depth) else {
            throw ValidationError("--depth is \(depth), but must be from 0 to 20.")
        }
        guard (1...3600).contains(maxlag) else {
            throw ValidationError("--maxlag is \(maxlag), but must be from 1 to 3600 seconds.")
        }
        try Self.check(language: language)
        _ = try Self.knownContact(contact, address: apiURL)
    }

    /// Refuses what is not the code of a language.
    static func check(language: String) throws {
        guard language.utf8.count >= 2,
            language.utf8.allSatisfy({ (97...122).contains($0) || $0 == 45 })
        else {
            throw ValidationError(
                "--language is '\(language)', but must be a code such as en or fr.")
        }
    }

    /// Whom a server can turn to: as given, or by the environment. Wikipedia must know it.
    static func knownContact(_ contact: String?, address: String) throws -> String? {
        let known = contact ?? ProcessInfo.processInfo.environment["MINIGPT_CONTACT"]
        if let known, !known.isEmpty { return known }
        guard address != WikipediaSource.wikipedia else {
            throw ValidationError(
                "Wikipedia wants to know whom to turn to: give an address of mail or of a page with --contact or in MINIGPT_CONTACT."
            )
        }
        return nil
    }

    func run() async throws { try await options.run(request()) }

    /// What the flags ask for.
    func request() throws -> CollectionRequest {
        let selection: WikipediaSource.Selection
        var most = limit ?? 100
        if let category {
            selection = .category(category, depth: depth)
        } else if let search {
            selection = .search(search)
        } else if random {
            selection = .random
        } else {
            let all = try titles + listedTitles()
            selection = .titles(all)
            most = limit ?? max(1, all.count)
        }
        var source = WikipediaSource(
            selection, limit: most, language: language, address: apiURL)
        source.maximumLag = maxlag
        return options.request(
            source, network: network,
            contact: try Self.knownContact(contact, address: apiURL))
    }

    private func listedTitles() throws -> [String] {
        guard let titlesFrom else { return [] }
        guard let text = try? String(contentsOfFile: titlesFrom, encoding: .utf8) else {
            throw PipelineError("\(titlesFrom) cannot be read as UTF-8; is it there?")
        }
        return text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
