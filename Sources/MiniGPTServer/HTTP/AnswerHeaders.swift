import HTTPTypes
import Hummingbird

/// The headers that every answer carries.
struct AnswerHeaders: Sendable {
    let corsOrigin: String?

    /// Nothing but what comes from this very server, and no frame around it.
    static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'",
        "img-src 'self' data: blob:", "connect-src 'self'", "font-src 'self'", "base-uri 'none'",
        "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    func add(to response: inout Response) {
        response.headers[.contentSecurityPolicy] = Self.contentSecurityPolicy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.crossOriginOpenerPolicy] = "same-origin"
        response.headers[.crossOriginResourcePolicy] = "same-origin"
        response.headers[.permissionsPolicy] = "camera=(), geolocation=(), microphone=()"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        guard let corsOrigin else { return }
        response.headers[.accessControlAllowOrigin] = corsOrigin
        response.headers[.crossOriginResourcePolicy] = "cross-origin"
        response.headers[.vary] = "Origin"
    }

    /// The answer to a browser that asks whether a page may send what it wants to.
    func preflight(_ request: Request) -> Response? {
        guard let corsOrigin, request.method == .options,
            request.headers[.origin] == corsOrigin
        else { return nil }
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, POST",
                .accessControlAllowHeaders: "Authorization, Content-Type",
                .accessControlMaxAge: "600",
            ])
    }
}
