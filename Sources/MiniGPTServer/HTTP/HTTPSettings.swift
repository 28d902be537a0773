/// Where the server listens, who may use it, and what it takes from one connection.
public struct HTTPSettings: Sendable {
    /// The address to listen on. Besides 127.0.0.1 the server listens on ::1, if there is one.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 for any that is free.
    public var port = 8080
    /// What every request must carry as its bearer token; needed for any address but this machine's.
    public var token: String?
    /// The origin whose pages may use the server from a browser, such as `https://example.org`.
    public var corsOrigin: String?

    /// The most bytes that the body of a request may have.
    public var bodyBytes = 1 << 20
    /// The most connections that may be open at once.
    public var connections = 1_024
    /// The seconds within which all headers of a request must have come.
    public var headerSeconds = 10
    /// The seconds within which all of a request's body must have come.
    public var bodySeconds = 20
    /// The seconds that a connection may wait for its next request.
    public var idleSeconds = 75
    /// The seconds that a client may read nothing of an answer, before its connection is closed.
    public var stallSeconds = 30

    /// The defaults.
    public init() {}

    /// Whether only this machine can reach an address.
    public static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host == "[::1]"
            || host.hasPrefix("127.") && host.split(separator: ".").count == 4
                && host.split(separator: ".").allSatisfy { UInt8($0) != nil }
    }

    /// What cannot be used, as a sentence; `nil` if everything can.
    public var problem: String? {
        if !Self.isLoopback(host), token == nil {
            return
                "Other machines could reach \(host): set a token that requests must carry, or listen on 127.0.0.1."
        }
        if let token,
            token.utf8.count < 16 || !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        {
            return "The token must have at least 16 characters, without blanks."
        }
        if let corsOrigin, Origin(corsOrigin) == nil {
            return "\(corsOrigin) is no origin; one is written as https://example.org."
        }
        if !(0...65_535).contains(port) { return "The port must be from 0 to 65535, not \(port)." }
        return nil
    }
}
