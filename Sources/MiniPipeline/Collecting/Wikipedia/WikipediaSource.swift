import Foundation

/// Articles of Wikipedia, or of another MediaWiki with the extension TextExtracts, as plain text.
public struct WikipediaSource: TextSource {
    /// How articles are chosen.
    public enum Selection: Sendable, Equatable {
        /// The articles with these titles; redirects are followed.
        case titles([String])
        /// The articles of a category, and of the categories in it down to a depth.
        case category(String, depth: Int)
        /// The articles that a search finds, best first.
        case search(String)
        /// Articles at random.
        case random
    }

    /// How articles are chosen.
    public var selection: Selection
    /// The greatest number of articles.
    public var limit: Int
    /// The language of the Wikipedia, as its code: "fr".
    public var language: String
    /// The address of the API; `LANG` in it stands for the language.
    public var address: String
    /// Seconds that the servers may be behind before they send us away; `nil` for any number.
    public var maximumLag: Int? = 5

    /// The address of Wikipedia's API; `LANG` in it stands for the language.
    public static let wikipedia = "https://LANG.wikipedia.org/w/api.php"

    /// Articles that are chosen in one way.
    public init(
        _ selection: Selection, limit: Int = 100, language: String = "en",
        address: String = wikipedia
    ) {
        self.selection = selection
        self.limit = limit
        self.language = language
        self.address = address
    }

    /// What was asked for, by the names of the settings.
    public var settings: [String: String] {
        var settings = [
            "source": "wikipedia", "language": language, "api-url": address,
            "limit": String(limit),
        ]
        switch selection {
        case .titles(let titles): settings["title"] = titles.joined(separator: "|")
        case .category(let name, let depth):
            (settings["category"], settings["depth"]) = (name, String(depth))
        case .search(let words): settings["search"] = words
        case .random: settings["random"] = "true"
        }
        return settings
    }

    /// Finds the articles, then fetches them one by one: the API gives one whole text for a question.
    public func documents(
        for project: Project, through web: Web, reporting notebook: Notebook
    ) async throws -> [Document] {
        guard let url = URL(string: address.replacing("LANG", with: language)), url.isWeb else {
            throw PipelineError("\(address) is not an http or https address.")
        }
        let api = MediaWikiAPI(
            address: url, web: web, notebook: notebook, maximumLag: maximumLag)
        let site = try await WikipediaSite(api)
        let targets = try await targets(api, site, notebook)
        var documents: [Document] = []
        var seen = Set<Int>()
        for (index, target) in targets.enumerated() {
            let (name, page) = try await page(target, api)
            notebook.progress(index + 1, of: targets.count, page?.title ?? name)
            if let problem = Self.problem(page) {
                notebook.skip(page?.title ?? name, problem)
            } else if let page, let number = page.pageid {
                guard seen.insert(number).inserted else {
                    notebook.skip(name, "leads to \(page.title ?? name), which is there already")
                    continue
                }
                documents.append(document(page, number, site))
            }
        }
        return documents
    }

    /// An article, by what the user or a list called it.
    private enum Target {
        case title(String)
        case page(Int, String)
    }

    private func targets(
        _ api: MediaWikiAPI, _ site: WikipediaSite, _ notebook: Notebook
    ) async throws -> [Target] {
        switch selection {
        case .titles(let titles):
            if let title = titles.first(where: { $0.contains("|") || $0.isEmpty }) {
                throw PipelineError("'\(title)' is not a title: it may not be empty or hold a '|'.")
            }
            return titles.prefix(limit).map { .title($0) }
        case .category(let name, let depth):
            let members = try await category(site.categoryTitle(name), depth, api)
            if members.isEmpty { notebook.skip(site.categoryTitle(name), "has no articles") }
            return members
        case .search(let words):
            return try await list(
                api,
                [
                    "list": "search", "srsearch": words, "srnamespace": "0", "srprop": "",
                    "srlimit": String(min(limit, 500)),
                ]
            ) { $0.search }
        case .random:
            return try await list(
                api,
                [
                    "list": "random", "rnnamespace": "0", "rnfilterredir": "nonredirects",
                    "rnlimit": String(min(limit, 500)),
                ]
            ) { $0.random }
        }
    }

    private func list(
        _ api: MediaWikiAPI, _ parameters: [String: String],
        _ members: (MediaWikiAnswer.Query) -> [MediaWikiAnswer.Member]?
    ) async throws -> [Target] {
        var targets: [Target] = []
        var seen = Set<Int>()
        try await api.query(parameters) { query in
            for member in members(query) ?? [] where targets.count < limit {
                guard let number = member.pageid ?? member.id, seen.insert(number).inserted else {
                    continue
                }
                targets.append(.page(number, member.title))
            }
            return targets.count < limit
        }
        return targets
    }

    /// The articles of a category, then those of the categories in it, level by level. A category
    /// that lies in itself is looked into once.
    private func category(
        _ title: String, _ depth: Int, _ api: MediaWikiAPI
    ) async throws -> [Target] {
        var targets: [Target] = []
        var seen = Set<Int>()
        var visited: Set = [title]
        var level = [title]
        for rest in stride(from: depth, through: 0, by: -1) where targets.count < limit {
            var below: [String] = []
            for category in level where targets.count < limit {
                try await api.query([
                    "list": "categorymembers", "cmtitle": category, "cmprop": "ids|title",
                    "cmtype": rest > 0 ? "page|subcat" : "page", "cmnamespace": "0|14",
                    "cmlimit": "500",
                ]) { query in
                    for member in query.categorymembers ?? [] {
                        if member.ns == 14 {
                            if visited.insert(member.title).inserted { below.append(member.title) }
                        } else if let number = member.pageid, targets.count < limit,
                            seen.insert(number).inserted
                        {
                            targets.append(.page(number, member.title))
                        }
                    }
                    return targets.count < limit
                }
            }
            level = below
        }
        return targets
    }

    // MARK: One article

    private func page(
        _ target: Target, _ api: MediaWikiAPI
    ) async throws -> (String, MediaWikiAnswer.Page?) {
        var parameters = [
            "prop": "extracts|info|pageprops", "explaintext": "1", "exsectionformat": "wiki",
            "exlimit": "1", "inprop": "url", "ppprop": "disambiguation", "redirects": "1",
        ]
        let name: String
        switch target {
        case .title(let title): (name, parameters["titles"]) = (title, title)
        case .page(let number, let title): (name, parameters["pageids"]) = (title, String(number))
        }
        var page: MediaWikiAnswer.Page?
        try await api.query(parameters) { query in
            if let part = query.pages?.first {
                if page == nil { page = part } else { page?.merge(part) }
            }
            return true
        }
        return (name, page)
    }

    /// Why a page is no document.
    private static func problem(_ page: MediaWikiAnswer.Page?) -> String? {
        guard let page else { return "is not in this wiki" }
        if page.invalid == true { return "is no title: \(page.invalidreason ?? "it is invalid")" }
        if page.missing == true || page.pageid == nil { return "does not exist" }
        if page.pageprops?["disambiguation"] != nil { return "only lists what the word can mean" }
        let isBlank = page.extract?.allSatisfy(\.isWhitespace) ?? true
        return isBlank ? "has no text" : nil
    }

    private func document(
        _ page: MediaWikiAnswer.Page, _ number: Int, _ site: WikipediaSite
    ) -> Document {
        var source = page.canonicalurl ?? page.fullurl ?? "\(site.address)?curid=\(number)"
        // The revision belongs to the source: it names the authors.
        if let revision = page.lastrevid {
            source += (source.contains("?") ? "&" : "?") + "oldid=\(revision)"
        }
        return Document(
            id: "\(site.name):\(number)", title: page.title, text: page.extract ?? "",
            source: source, license: site.license, language: page.pagelanguage ?? site.language)
    }
}

/// What a wiki says of itself.
struct WikipediaSite {
    /// The name that it has for itself: "frwiki".
    let name: String
    let address: String
    let license: String?
    let language: String?
    private let categoryNames: [String]

    init(_ api: MediaWikiAPI) async throws {
        var found: MediaWikiAnswer.Query?
        try await api.query(["meta": "siteinfo", "siprop": "general|rightsinfo|namespaces"]) {
            found = $0
            return false
        }
        language = found?.general?.lang
        name = found?.general?.wikiid ?? api.address.host ?? "wiki"
        address = api.address.absoluteString
        let rights = [found?.rightsinfo?.text, found?.rightsinfo?.url.map { "(\($0))" }]
        let words = rights.compactMap { $0 }.filter { !$0.isEmpty && $0 != "()" }
        license = words.isEmpty ? nil : words.joined(separator: " ")
        let namespace = found?.namespaces?["14"]
        categoryNames = ["Category", namespace?.canonical, namespace?.name].compactMap { $0 }
    }

    /// The name with "Category:" or what the wiki's language has for it, unless it is there.
    func categoryTitle(_ name: String) -> String {
        let isWhole = categoryNames.contains { prefix in
            name.lowercased().hasPrefix(prefix.lowercased() + ":")
        }
        return isWhole ? name : "Category:\(name)"
    }
}
