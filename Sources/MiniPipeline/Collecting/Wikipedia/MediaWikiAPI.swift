import Foundation

/// The action API of a MediaWiki: `action=query` and what its etiquette asks for.
///
/// One question at a time, a `User-Agent` that names somebody, packed answers, and `maxlag`, with which
/// the servers can send us away while they are behind (<https://www.mediawiki.org/wiki/API:Etiquette>).
struct MediaWikiAPI {
    /// `https://en.wikipedia.org/w/api.php`
    let address: URL
    let web: Web
    let notebook: Notebook
    /// Seconds that the servers may be behind; none for no such parameter.
    let maximumLag: Int?

    /// Asks, and goes on for as long as the answer has a `continue`: all its members go into the next
    /// question beside the parameters of the first (<https://www.mediawiki.org/wiki/API:Continue>).
    ///
    /// - Parameter body: returns whether it wants more.
    func query(
        _ parameters: [String: String], each body: (MediaWikiAnswer.Query) throws -> Bool
    ) async throws {
        var more: [String: MediaWikiAnswer.Parameter] = [:]
        while true {
            let answer = try await ask(parameters.merging(more.mapValues(\.value)) { $1 })
            for warning in (answer.warnings ?? [:]).sorted(by: { $0.key < $1.key }) {
                notebook.note("The server warns: \(warning.value.warnings ?? warning.key)")
            }
            if let query = answer.query, try !body(query) { return }
            guard let next = answer.continue else { return }
            guard next != more else {
                throw PipelineError(
                    "\(address.absoluteString) sends the same continuation again and again; it is no MediaWiki that this program knows."
                )
            }
            more = next
        }
    }

    private func ask(_ parameters: [String: String]) async throws -> MediaWikiAnswer {
        var parameters = parameters.merging([
            "action": "query", "format": "json", "formatversion": "2",
        ]) { $1 }
        if let maximumLag { parameters["maxlag"] = String(maximumLag) }
        let url = try Self.url(address, parameters)
        let response = try await web.fetch(url) { Self.judge($0) }
        guard let answer = try? JSONDecoder().decode(MediaWikiAnswer.self, from: response.body)
        else {
            throw PipelineError(
                "\(address.absoluteString) does not answer as a MediaWiki does; is the address right?"
            )
        }
        return answer
    }

    /// A failure with status 200 is one all the same; some pass, others do not.
    @Sendable
    private static func judge(_ response: HTTPResponse) -> Web.Verdict {
        guard case .keep = Web.judge(response) else { return Web.judge(response) }
        let place = response.url.host ?? "The server"
        guard response.status == 200 else {
            let hint =
                response.status == 403
                ? "it wants to know whom to turn to: give a contact" : "is the address right?"
            return .fail("\(place) answered \(response.status); \(hint)")
        }
        guard let answer = try? JSONDecoder().decode(MediaWikiAnswer.self, from: response.body)
        else {
            return .fail(
                "\(response.url.absoluteString) does not answer as a MediaWiki does; is the address right?"
            )
        }
        guard let failure = answer.error else { return .keep }
        let sentence = "\(place) says \(failure.code): \(failure.info ?? "no more")"
        switch failure.code {
        case "maxlag", "ratelimited", "readonly":
            // A server that says nothing else is asked again after what `maxlag` itself is.
            let isNamed = response.headers["retry-after"] != nil
            return .retry(sentence, seconds: failure.code == "maxlag" && !isNamed ? 5 : nil)
        case let code where code.hasPrefix("internal_api_error"):
            return .retry(sentence)
        default:
            return .fail(sentence)
        }
    }

    /// The parameters in alphabetical order: the journal knows a question by its address.
    static func url(
        _ address: URL, _ parameters: [String: String]
    ) throws(PipelineError) -> URL {
        // A plus sign would be a space for the server, so nothing but these stays as it is.
        let plain = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        func encoded(_ text: String) -> String {
            text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
        }
        let query = parameters.sorted { $0.key < $1.key }
            .map { "\(encoded($0.key))=\(encoded($0.value))" }.joined(separator: "&")
        guard var parts = URLComponents(url: address, resolvingAgainstBaseURL: true) else {
            throw PipelineError("\(address.absoluteString) is not an address.")
        }
        parts.percentEncodedQuery = query
        guard let url = parts.url, url.isWeb else {
            throw PipelineError("\(address.absoluteString) is not an http or https address.")
        }
        return url
    }
}
