import HTTPTypes
import Hummingbird

/// Decides whether a request may be answered at all, before anything looks at its body.
///
/// - `Host` must be one of ours: a page elsewhere whose name was bent to this machine has another.
/// - With a token, every request but those for the page's own files must carry it.
/// - What does work is a POST of JSON from this very origin: a page elsewhere can send neither
///   without a browser asking first, and that question is answered with no.
struct RequestGuard: Sendable {
    let settings: HTTPSettings
    /// The port that the server got; 0 as long as it has none.
    let port: ListeningPort

    /// - Throws: `APIError` with the reason.
    func check(_ request: Request, isPageFile: Bool) throws(APIError) {
        let host = try host(of: request)
        // The page itself holds no secret, and it is the page that asks for the token.
        guard !isPageFile else { return }
        try checkToken(request)
        try checkOrigin(request, host)
        if request.method == .post { try checkBody(request) }
    }

    // MARK: Host

    private func host(of request: Request) throws(APIError) -> Authority {
        guard let text = request.head.authority, let host = Authority(text) else {
            throw APIError(.badRequest, "The request needs one Host header.", code: "bad_host")
        }
        guard isOurs(host) else {
            throw APIError(
                .misdirectedRequest,
                "This server does not answer to that Host.", code: "bad_host")
        }
        return host
    }

    private func isOurs(_ host: Authority) -> Bool {
        guard host.port == port.value else { return false }
        if HTTPSettings.isLoopback(settings.host) {
            return ["localhost", "127.0.0.1", "::1", settings.host].contains(host.host)
        }
        // Bound to all addresses, it answers to any of them, but to no name.
        let isAnywhere = ["0.0.0.0", "::"].contains(settings.host)
        return host.host == settings.host.lowercased() || isAnywhere && host.isAddress
            || ["localhost", "127.0.0.1", "::1"].contains(host.host)
    }

    // MARK: Token

    private func checkToken(_ request: Request) throws(APIError) {
        guard let token = settings.token else { return }
        let header = request.headers[.authorization] ?? ""
        let given = header.lowercased().hasPrefix("bearer ") ? String(header.dropFirst(7)) : ""
        guard Self.isEqual(Array(given.utf8), Array(token.utf8)) else {
            throw APIError(
                .unauthorized, "The request needs the server's token as its bearer token.",
                type: "authentication_error", code: "invalid_api_key")
        }
    }

    /// Compares in a time that depends on the length of what was given alone.
    static func isEqual(_ given: [UInt8], _ secret: [UInt8]) -> Bool {
        var difference = UInt8(given.count == secret.count ? 0 : 1)
        for (index, byte) in given.enumerated() {
            difference |= byte ^ secret[index % secret.count]
        }
        return difference == 0
    }

    // MARK: Origin

    private func checkOrigin(_ request: Request, _ host: Authority) throws(APIError) {
        let site = request.headers[values: .secFetchSite]
        let origins = request.headers[values: .origin]
        let isFriend = settings.corsOrigin.map { origins == [$0] } ?? false
        if isFriend { return }
        let isOwnSite = site.isEmpty || site == ["same-origin"] || site == ["none"]
        let isOwnOrigin =
            origins.isEmpty
            || origins.count == 1
                && Origin(origins[0]).map { $0.authority == host && $0.scheme == "http" } ?? false
        guard isOwnSite, isOwnOrigin else {
            throw APIError(
                .forbidden, "Pages of other origins may not use this server.", code: "bad_origin")
        }
    }

    // MARK: Body

    private func checkBody(_ request: Request) throws(APIError) {
        let types = request.headers[values: .contentType]
        let type = types.first?.split(separator: ";").first.map {
            $0.trimmingBlanks.lowercased()
        }
        guard types.count == 1, type == "application/json" else {
            throw APIError(
                .unsupportedMediaType, "The body must be JSON, with Content-Type application/json.",
                code: "bad_content_type")
        }
        let coding = request.headers[.contentEncoding]?.lowercased() ?? "identity"
        guard coding == "identity" else {
            throw APIError(
                .unsupportedMediaType, "The body must not be compressed.", code: "bad_encoding")
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }),
            length > settings.bodyBytes
        {
            throw APIError(
                .contentTooLarge,
                "The body may have at most \(settings.bodyBytes) bytes.", code: "too_large")
        }
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
    static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
    static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
}

extension Substring {
    /// Without blanks and tabs around it.
    var trimmingBlanks: Substring {
        let blanks: Set<Character> = [" ", "\t"]
        var text = self
        while let first = text.first, blanks.contains(first) { text.removeFirst() }
        while let last = text.last, blanks.contains(last) { text.removeLast() }
        return text
    }
}
