import MiniGPT

/// How a server is reached, and how much it takes on.
public struct ServerSettings: Sendable {
    /// The address to listen on. Besides 127.0.0.1 the server listens on ::1, if there is one.
    public var host = "127.0.0.1"
    /// The port; 0 for any that is free.
    public var port = 8080
    /// What every request must carry as its bearer token; needed for any address but this machine's.
    public var token: String?
    /// Pages of this origin may use the server from a browser.
    public var corsOrigin: String?
    /// How the weights are kept in memory.
    public var weights = WeightFormat.float32
    /// Texts that are continued at once.
    public var slots = 8
    /// Requests that wait for a slot.
    public var queue = 64
    /// Models that stay in memory.
    public var models = 2
    /// The program that is started for a new run; `nil` if no run can be started.
    public var program: String?

    /// Bytes of a body.
    public var bodyBytes = 1 << 20
    /// Tokens of an answer.
    public var answerTokens = 8_192
    /// Connections at once.
    public var connections = 1_024
    /// Seconds in which the headers of a request must be there.
    public var headerSeconds = 10
    /// Seconds in which all of its body must be there.
    public var bodySeconds = 20
    /// Seconds a connection may wait for its next request.
    public var idleSeconds = 75
    /// Seconds an answer may take to be made.
    public var answerSeconds = 600
    /// Seconds that answers get when the server is asked to end.
    public var graceSeconds = 10

    /// The defaults.
    public init() {}

    /// Whether only this machine can reach that address.
    public static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host == "[::1]"
            || host.hasPrefix("127.") && host.split(separator: ".").count == 4
                && host.split(separator: ".").allSatisfy { UInt8($0) != nil }
    }

    /// What cannot be used, as a sentence.
    public var problem: String? {
        if !Self.isLoopback(host), token == nil {
            return
                "Other machines could reach \(host): give a --token that requests must carry, or listen on 127.0.0.1."
        }
        if let token,
            token.utf8.count < 16 || !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        {
            return "The --token must have at least 16 characters, without blanks."
        }
        if let corsOrigin, Origin(corsOrigin) == nil {
            return "\(corsOrigin) is no origin; one is written as https://example.org."
        }
        if slots < 1 || slots > 256 { return "--slots must be from 1 to 256." }
        if queue < 0 || queue > 100_000 { return "--queue must be from 0 to 100000." }
        if models < 1 { return "--models must be at least 1." }
        if !(0...65_535).contains(port) { return "--port must be from 0 to 65535." }
        return nil
    }
}

/// The scheme, host and port of a page.
struct Origin: Equatable, Sendable {
    let scheme: String
    let authority: Authority

    /// Reads `https://example.org`; `nil` for anything else, `null` among it.
    init?(_ text: String) {
        for (scheme, port) in [("http", 80), ("https", 443)] where text.hasPrefix(scheme + "://") {
            let rest = String(text.dropFirst(scheme.count + 3))
            guard let authority = Authority(rest, defaultPort: port) else { return nil }
            (self.scheme, self.authority) = (scheme, authority)
            return
        }
        return nil
    }
}

/// A host and a port, as a `Host` header has them.
struct Authority: Hashable, Sendable {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host.lowercased()
        self.port = port
    }

    /// Reads `localhost:8080`, `[::1]:8080` or `example.org`; `nil` if it is anything else.
    init?(_ text: String, defaultPort: Int = 80) {
        var host = text[...]
        var port = defaultPort
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: end)...]
            host = host[host.index(after: host.startIndex)..<end]
            guard host.utf8.allSatisfy({ Self.isHexadecimal($0) || $0 == 0x3A || $0 == 0x2E })
            else {
                return nil
            }
            if !rest.isEmpty {
                guard rest.hasPrefix(":"), let number = Self.port(rest.dropFirst()) else {
                    return nil
                }
                port = number
            }
        } else {
            if let colon = host.firstIndex(of: ":") {
                guard let number = Self.port(host[host.index(after: colon)...]) else { return nil }
                port = number
                host = host[..<colon]
            }
            let isName = host.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                    || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
            }
            guard isName else { return nil }
        }
        guard !host.isEmpty, host.utf8.count <= 255 else { return nil }
        self.init(host: String(host), port: port)
    }

    /// Digits only, and few of them: a port that overflows must not become another one.
    private static func port(_ text: Substring) -> Int? {
        guard (1...5).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(text),
            (1...65_535).contains(port)
        else { return nil }
        return port
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte)
            || (0x61...0x66).contains(byte)
    }

    /// Whether the host is an address and not a name.
    var isAddress: Bool {
        if host.contains(":") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
