import Foundation
import Synchronization

/// A small stand-in for Wikipedia's API: `http://127.0.0.1:PORT/LANG/w/api.php`.
///
/// English has the category "Mills" with twelve articles on three pages of its list, one of which
/// lists what a word can mean, and a category in it with two more and itself. French has "Moulin".
/// Troubles come once each, at the request that is named with them, and pass.
package final class LoopbackWikipedia: Sendable {
    /// What goes wrong, once.
    package enum Trouble: Sendable, Equatable {
        /// Status 429 with `Retry-After` in seconds.
        case tooManyRequests(seconds: Int)
        /// Status 503 with `Retry-After` as a date that is past.
        case unavailable
        /// The connection breaks in the middle of the body.
        case brokenBody
        /// Status 302 to the same address with another path.
        case redirect
        /// Status 200 and the error `maxlag`.
        case maxlag
        /// The answer takes so many seconds.
        case slow(Double)
        /// An error that will not pass.
        case failure(code: String)
    }

    package let server: LoopbackServer

    /// Where the API is, with `LANG` for the language.
    package var address: String { server.address + "/LANG/w/api.php" }

    /// - Parameter troubles: by the number of the request they befall, from 0.
    package init(_ troubles: [Int: Trouble] = [:]) throws {
        let count = Mutex(0)
        server = try LoopbackServer { request in
            let number = count.withLock { count in
                defer { count += 1 }
                return count
            }
            return Self.answer(request, troubles[number])
        }
    }

    // MARK: The articles

    private static let names = [
        "Watermill", "Windmill", "Mill (disambiguation)", "Millstone", "Miller", "Grist",
        "Fulling mill", "Paper mill", "Sawmill", "Tide mill", "Horse mill", "Empty mill",
    ]
    private static let deepNames = ["Hopper", "Mill race"]
    private static let redirects = ["Water mill": "Watermill", "Corn miller": "Miller"]

    /// The text that an article has here.
    package static func text(of title: String) -> String {
        if title == "Empty mill" { return "" }
        if title == "Moulin" {
            return
                "Un moulin est une machine à moudre les grains de céréales en farine.\n\n\n== Histoire ==\nLes moulins à eau sont connus depuis l'Antiquité, et ceux à vent depuis le Moyen Âge. Le meunier règle l'écart des meules, écoute leur bruit et goûte la farine entre deux doigts. Quand l'eau manque en été, le village attend le vent d'automne, et le pain devient plus cher."
        }
        let sentence =
            "The article on the \(title.lowercased()) says what it was for, who built it and how its wheels were turned by water, wind or animals. "
        return String(repeating: sentence, count: 3)
            + "\n\n\n== History ==\nThe first \(title.lowercased()) is older than the books about it.\n\n\n== References =="
    }

    private static func number(of title: String) -> Int? {
        let all = names + deepNames + ["Moulin"]
        return all.firstIndex(of: title).map { 100 + $0 }
    }

    private static func title(of number: Int) -> String? {
        let all = names + deepNames + ["Moulin"]
        return all.indices.contains(number - 100) ? all[number - 100] : nil
    }

    // MARK: Answers

    private static func answer(_ request: LoopbackRequest, _ trouble: Trouble?) -> LoopbackAnswer {
        let language = request.path.split(separator: "/").first.map(String.init) ?? "en"
        var answer = LoopbackAnswer(json: contents(request.parameters, language))
        if request.path.hasSuffix("/index.txt") { answer = LoopbackAnswer(404, "none") }
        // Every second answer is packed, if the client can unpack it.
        if request.headers["accept-encoding"]?.contains("gzip") == true,
            request.parameters["titles"] != nil || request.parameters["pageids"] != nil
        {
            answer.body = answer.body.gzipped
            answer.headers.append(("Content-Encoding", "gzip"))
        }
        switch trouble {
        case nil: break
        case .tooManyRequests(let seconds):
            answer = LoopbackAnswer(429, "Too many requests")
            answer.headers.append(("Retry-After", String(seconds)))
        case .unavailable:
            answer = LoopbackAnswer(503, "Come back")
            answer.headers.append(("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"))
        case .brokenBody: answer.breaksAfter = answer.body.count / 2
        case .redirect:
            answer = LoopbackAnswer(302)
            let query = request.parameters.sorted { $0.key < $1.key }
                .map { name, value in
                    let value = value.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
                    return "\(name)=\(value ?? "")"
                }
            answer.headers.append(
                ("Location", "/\(language)/moved/api.php?\(query.joined(separator: "&"))"))
        case .maxlag:
            answer = LoopbackAnswer(json: [
                "error": ["code": "maxlag", "info": "Waiting for 10.0.0.1: 7 seconds lagged."]
            ])
            answer.headers.append(("Retry-After", "0"))
        case .slow(let seconds): answer.delay = seconds
        case .failure(let code):
            answer = LoopbackAnswer(json: ["error": ["code": code, "info": "It is so."]])
        }
        return answer
    }

    private static func contents(_ parameters: [String: String], _ language: String) -> [String:
        Any]
    {
        guard parameters["action"] == "query", parameters["format"] == "json",
            parameters["formatversion"] == "2"
        else { return ["error": ["code": "badquestion", "info": "This API is asked otherwise."]] }
        if parameters["meta"] == "siteinfo" { return site(language) }
        switch parameters["list"] {
        case "categorymembers": return category(parameters)
        case "search": return found(parameters)
        case "random":
            let members = ["Windmill", "Sawmill", "Grist"].map { name in
                ["id": number(of: name) ?? 0, "ns": 0, "title": name] as [String: Any]
            }
            return ["query": ["random": members]]
        default: return page(parameters, language)
        }
    }

    private static func site(_ language: String) -> [String: Any] {
        let name = language == "fr" ? "Catégorie" : "Category"
        return [
            "batchcomplete": true,
            "query": [
                "general": ["wikiid": language + "wiki", "lang": language],
                "rightsinfo": [
                    "text": "Creative Commons Attribution-Share Alike 4.0",
                    "url": "https://creativecommons.org/licenses/by-sa/4.0/deed.\(language)",
                ],
                "namespaces": ["14": ["id": 14, "name": name, "canonical": "Category"]],
            ],
        ]
    }

    private static func member(_ title: String) -> [String: Any] {
        ["pageid": number(of: title) ?? 0, "ns": 0, "title": title]
    }

    /// Five to a page; a category in it comes last, and contains itself.
    private static func category(_ parameters: [String: String]) -> [String: Any] {
        let subcategory =
            ["pageid": 1, "ns": 14, "title": "Category:Parts of mills"] as [String: Any]
        var members: [[String: Any]]
        switch parameters["cmtitle"] {
        case "Category:Mills": members = names.map(member)
        case "Category:Parts of mills": members = deepNames.map(member)
        default: members = []
        }
        if parameters["cmtype"]?.contains("subcat") == true, !members.isEmpty {
            members.append(subcategory)
        }
        let start = parameters["cmcontinue"].flatMap { Int($0.dropFirst(5)) } ?? 0
        let end = min(start + 5, members.count)
        var answer: [String: Any] = [
            "query": ["categorymembers": Array(members[min(start, end)..<end])]
        ]
        if end < members.count {
            answer["continue"] = ["cmcontinue": "page|\(end)", "continue": "-||"]
        } else {
            answer["batchcomplete"] = true
        }
        return answer
    }

    /// Two to a page.
    private static func found(_ parameters: [String: String]) -> [String: Any] {
        let words = parameters["srsearch"]?.lowercased() ?? ""
        let members = names.filter { $0.lowercased().contains(words) }.map(member)
        let start = parameters["sroffset"].flatMap { Int($0) } ?? 0
        let end = min(start + 2, members.count)
        var answer: [String: Any] = ["query": ["search": Array(members[min(start, end)..<end])]]
        if end < members.count { answer["continue"] = ["sroffset": end, "continue": "-||"] }
        return answer
    }

    /// The information comes first; the text with the continuation, as when an answer grows too large.
    private static func page(_ parameters: [String: String], _ language: String) -> [String: Any] {
        var query: [String: Any] = [:]
        var name =
            parameters["titles"] ?? parameters["pageids"].flatMap { Int($0) }
            .flatMap(title(of:)) ?? "?"
        if let target = redirects[name], parameters["redirects"] == "1" {
            query["redirects"] = [["from": name, "to": target]]
            name = target
        }
        let isHere = (name == "Moulin") == (language == "fr")
        guard let number = number(of: name), isHere else {
            var page: [String: Any] = ["ns": 0, "title": name]
            if name.contains("<") {
                page["invalid"] = true
                page["invalidreason"] = "The title contains \"<\"."
            } else {
                page["missing"] = true
            }
            return ["batchcomplete": true, "query": ["pages": [page]]]
        }
        var page: [String: Any] = ["pageid": number, "ns": 0, "title": name]
        var answer: [String: Any] = [:]
        if parameters["excontinue"] == nil {
            let path = name.replacingOccurrences(of: " ", with: "_")
            page["canonicalurl"] = "https://\(language).wikipedia.org/wiki/\(path)"
            page["lastrevid"] = 9000 + number
            page["pagelanguage"] = language
            if name.hasSuffix("(disambiguation)") { page["pageprops"] = ["disambiguation": ""] }
            answer["continue"] = ["excontinue": 1, "continue": "||info|pageprops"]
            answer["warnings"] = ["extracts": ["warnings": "\"exlimit\" was lowered to 1."]]
        } else {
            page["extract"] = text(of: name)
            answer["batchcomplete"] = true
        }
        query["pages"] = [page]
        answer["query"] = query
        return answer
    }
}
