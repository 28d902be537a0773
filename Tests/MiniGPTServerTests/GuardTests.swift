import Foundation
import MiniGPT
import Testing

@testable import MiniGPTServer

extension Server {
    @Suite("Who may ask")
    struct GuardTests {
        private static let work = #"{"prompt":"the","max_tokens":1}"#

        @Test("Only our own names and port are answered, whatever else a Host says")
        func hosts() async throws {
            try await TestServer.run { server in
                let port = server.port
                let good = [
                    "127.0.0.1:\(port)", "localhost:\(port)", "LOCALHOST:\(port)", "[::1]:\(port)",
                ]
                for host in good {
                    let reply = try await server.send("GET", "/health", nil, ["Host: \(host)"])
                    #expect(reply.status == 200, "\(host)")
                }
                let bad = [
                    "evil.example", "evil.example:\(port)", "127.0.0.1", "127.0.0.1:1",
                    "127.0.0.1:\(port)@evil", "127.0.0.1:\(port + 65_536)", "127.0.0.1.:\(port)",
                    "localhost.:\(port)", "[::1]", "[::1]x:\(port)", "[::ffff:127.0.0.1]:\(port)",
                    "127.0.0.2:\(port)", "0.0.0.0:\(port)", "2130706433:\(port)", "127.1:\(port)",
                    "localhost:\(port):\(port)", "localhost:+\(port)", "localhost: \(port)",
                    "localhost:0\(port)0", "user:x@localhost:\(port)", "",
                ]
                for host in bad {
                    let reply = try await server.send("GET", "/health", nil, ["Host: \(host)"])
                    #expect([400, 421].contains(reply.status), "\(host): \(reply.status)")
                }
            }
        }

        @Test("Work is done for our own page and for programs, not for pages of other origins")
        func origins() async throws {
            try await TestServer.run { server in
                let own = "http://\(server.authority)"
                let origins: [(String?, Bool)] = [
                    (nil, true), (own, true), ("https://\(server.authority)", false),
                    ("http://evil.example", false), ("http://localhost:\(server.port)", false),
                    ("null", false), ("http://127.0.0.1", false), ("\(own).evil.example", false),
                    ("\(own)/", false), ("", false),
                ]
                let sites: [(String?, Bool)] = [
                    (nil, true), ("same-origin", true), ("none", true), ("same-site", false),
                    ("cross-site", false), ("SAME-ORIGIN", false),
                ]
                for (origin, isOwnOrigin) in origins {
                    for (site, isOwnSite) in sites {
                        let headers = [
                            origin.map { "Origin: \($0)" } ?? "",
                            site.map { "Sec-Fetch-Site: \($0)" } ?? "",
                        ]
                        let reply = try await server.send(
                            "POST", "/v1/completions", Self.work, headers)
                        let expected = isOwnOrigin && isOwnSite ? 200 : 403
                        #expect(reply.status == expected, "\(headers): \(reply.status)")
                        #expect(reply["access-control-allow-origin"] == nil)
                    }
                }
            }
        }

        @Test("A body must be JSON by its type")
        func contentTypes() async throws {
            try await TestServer.run { server in
                for type in [
                    "application/json", "application/json; charset=utf-8", "Application/JSON",
                ] {
                    let reply = try await server.send(
                        "POST", "/v1/completions", Self.work, ["Content-Type: \(type)"])
                    #expect(reply.status == 200, "\(type)")
                }
                let others = [
                    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                    "application/jsonp", "text/json", "", "application/json, text/plain",
                ]
                for type in others {
                    let reply = try await server.send(
                        "POST", "/v1/completions", Self.work, ["Content-Type: \(type)"])
                    #expect(reply.status == 415, "\(type)")
                }
            }
        }

        @Test("One origin can be let in, and only that one")
        func cors() async throws {
            try await TestServer.run { settings in
                settings.http.corsOrigin = "https://friend.example"
            } _: { server in
                let friend = try await server.send(
                    "POST", "/v1/completions", Self.work,
                    ["Origin: https://friend.example", "Sec-Fetch-Site: cross-site"])
                #expect(friend.status == 200)
                #expect(friend["access-control-allow-origin"] == "https://friend.example")
                let preflight = try await server.send(
                    "OPTIONS", "/v1/completions", nil, ["Origin: https://friend.example"])
                #expect(preflight.status == 204)
                let stranger = try await server.send(
                    "POST", "/v1/completions", Self.work, ["Origin: https://evil.example"])
                #expect(stranger.status == 403)
                let other = try await server.send(
                    "OPTIONS", "/v1/completions", nil, ["Origin: https://evil.example"])
                #expect(other.status == 403 || other.status == 405)
            }
        }

        @Test("With a token, everything but the page's own files needs it")
        func token() async throws {
            let token = "a-secret-of-24-characters"
            try await TestServer.run { settings in
                settings.http.token = token
            } _: { server in
                #expect(try await server.send("GET", "/", nil, []).status == 200)
                for path in ["/health", "/v1/models", "/api/models", "/nothing"] {
                    for header in [
                        "", "Authorization: Bearer x", "Authorization: Bearer \(token)x",
                        "Authorization: Basic \(token)", "Authorization: Bearer ",
                    ] {
                        let reply = try await server.send("GET", path, nil, [header])
                        #expect(reply.status == 401, "\(path) \(header)")
                    }
                }
                let reply = try await server.send(
                    "GET", "/v1/models", nil, ["Authorization: Bearer \(token)"])
                #expect(reply.status == 200)
            }
        }

        @Test("Secrets are compared by all of their bytes")
        func comparison() {
            #expect(RequestGuard.isEqual([1, 2, 3], [1, 2, 3]))
            for other: [UInt8] in [
                [], [1], [1, 2], [1, 2, 4], [0, 2, 3], [1, 2, 3, 1], [1, 2, 3, 1, 2, 3],
            ] {
                #expect(!RequestGuard.isEqual(other, [1, 2, 3]))
            }
        }

        @Test("Another address than this machine's needs a token")
        func settings() {
            var settings = ServerSettings()
            #expect(settings.problem == nil)
            for host in ["0.0.0.0", "::", "192.168.1.5", "example.org", "127.0.0.1.example.org"] {
                settings.http.host = host
                settings.http.token = nil
                #expect(settings.problem?.contains("token") == true, "\(host)")
                settings.http.token = "short"
                #expect(settings.problem != nil)
                settings.http.token = "long-enough-to-be-one"
                #expect(settings.problem == nil)
            }
        }

        @Test("Every answer carries the headers that keep a browser safe")
        func headers() async throws {
            try await TestServer.run { server in
                #expect(try await server.send("GET", "/", nil, []).status == 200)
                for path in ["/health", "/nothing"] {
                    let reply = try await server.get(path)
                    #expect(
                        reply["content-security-policy"]?.hasPrefix(
                            "default-src 'none'; script-src 'self'") == true)
                    #expect(reply["x-content-type-options"] == "nosniff")
                    #expect(reply["referrer-policy"] == "no-referrer")
                    #expect(reply["cross-origin-opener-policy"] == "same-origin")
                    #expect(reply["cross-origin-resource-policy"] == "same-origin")
                    #expect(reply["access-control-allow-origin"] == nil)
                }
            }
        }
    }
}
