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
