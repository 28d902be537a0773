import Foundation

/// An answer of the action API of MediaWiki in `format=json&formatversion=2`; see
/// <https://www.mediawiki.org/wiki/API:Data_formats>. What is not used is not named.
struct MediaWikiAnswer: Decodable {
    /// Failures come with status 200.
    struct Failure: Decodable {
        var code: String
        var info: String?
    }

    struct Warning: Decodable {
        var warnings: String?
    }

    struct Member: Decodable {
        var pageid: Int?
        /// The name that `list=random` has for it.
        var id: Int?
        var ns: Int
        var title: String
    }

    struct Page: Decodable {
        var pageid: Int?
        var title: String?
        var missing: Bool?
        var invalid: Bool?
        var invalidreason: String?
        var special: Bool?
        var extract: String?
        var lastrevid: Int?
        var pagelanguage: String?
        var fullurl: String?
        var canonicalurl: String?
        var pageprops: [String: String]?
    }

    struct Rights: Decodable {
        var url: String?
        var text: String?
    }

    struct Site: Decodable {
        var wikiid: String?
        var lang: String?
    }

    struct Namespace: Decodable {
        var id: Int
        var name: String
        var canonical: String?
    }

    struct Elsewhere: Decodable {
        var title: String
    }

    struct Query: Decodable {
        var pages: [Page]?
        var interwiki: [Elsewhere]?
        var categorymembers: [Member]?
        var search: [Member]?
        var random: [Member]?
        var rightsinfo: Rights?
        var general: Site?
        var namespaces: [String: Namespace]?
    }

    /// A parameter of the next question: text or a number.
    enum Parameter: Decodable, Equatable {
        case text(String)
        case number(Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        var value: String {
            switch self {
            case .text(let text): text
            case .number(let number): String(number)
            }
        }
    }

    var error: Failure?
    var warnings: [String: Warning]?
    var `continue`: [String: Parameter]?
    var query: Query?
}

extension MediaWikiAnswer.Page {
    /// What came in several answers becomes one page.
    mutating func merge(_ other: Self) {
        pageid = pageid ?? other.pageid
        title = title ?? other.title
        missing = missing ?? other.missing
        invalid = invalid ?? other.invalid
        invalidreason = invalidreason ?? other.invalidreason
        special = special ?? other.special
        extract = extract ?? other.extract
        lastrevid = lastrevid ?? other.lastrevid
        pagelanguage = pagelanguage ?? other.pagelanguage
        fullurl = fullurl ?? other.fullurl
        canonicalurl = canonicalurl ?? other.canonicalurl
        pageprops = pageprops ?? other.pageprops
    }
}
