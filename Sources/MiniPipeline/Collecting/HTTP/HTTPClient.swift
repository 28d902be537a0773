import Foundation

/// A question to a web server.
public struct HTTPRequest: Sendable, Equatable {
    /// The address that is asked: http or https.
    public var url: URL
    /// The headers: "User-Agent".
    public var headers: [String: String]
    /// A body of more bytes is refused.
    public var largestBody: Int
    /// An answer that is not there as a whole after so many seconds is given up.
    public var deadline: Double

    /// A question.
    public init(
        _ url: URL, headers: [String: String] = [:], largestBody: Int = 64 << 20,
        deadline: Double = 60
    ) {
        self.url = url
        self.headers = headers
        self.largestBody = largestBody
        self.deadline = deadline
    }
}

/// The answer of a web server, whatever its status.
public struct HTTPResponse: Sendable, Equatable {
    /// 200 if all is well.
    public var status: Int
    /// The headers, their names in small letters.
    public var headers: [String: String]
    /// The body of the response, decompressed.
    public var body: Data
    /// The address it is from, after redirects.
    public var url: URL

    /// A response of a server.
    public init(status: Int, headers: [String: String] = [:], body: Data = Data(), url: URL) {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
    }
}

/// Why there is no answer.
public struct HTTPFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The end of a sentence: "the connection was lost".
    public let description: String
    /// Whether the same question can have an answer later.
    public let isPassing: Bool

    /// A request that failed.
    public init(_ description: String, isPassing: Bool) {
        self.description = description
        self.isPassing = isPassing
    }
}

/// Asks one web server one question; tests put something else in its place.
public protocol HTTPClient: Sendable {
    /// Asks, and waits for the whole answer.
    ///
    /// - Throws: `HTTPFailure`, or `CancellationError` when the task was cancelled.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}

extension URL {
    /// Whether it is one that a collection may ask: http or https, with a host.
    package var isWeb: Bool {
        ["http", "https"].contains(scheme?.lowercased() ?? "") && !(host ?? "").isEmpty
    }
}
