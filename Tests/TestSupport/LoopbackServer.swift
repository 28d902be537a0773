import Foundation
import Synchronization

/// A request that a server in a test got.
package struct LoopbackRequest: Sendable {
    package let path: String
    /// The parameters after the question mark, decoded.
    package let parameters: [String: String]
    /// Their names in small letters.
    package let headers: [String: String]
    /// Seconds since the system started.
    package let time: Double
}

/// What a server in a test answers.
package struct LoopbackAnswer: Sendable {
    package var status = 200
    package var headers: [(String, String)] = [("Content-Type", "text/plain; charset=utf-8")]
    package var body = Data()
    /// Ends the connection after so many bytes of the body, as a network does that breaks.
    package var breaksAfter: Int?
    /// Waits so long before the answer.
    package var delay = 0.0

    package init(_ status: Int = 200, _ body: String = "", type: String? = nil) {
        self.status = status
        self.body = Data(body.utf8)
        if let type { headers = [("Content-Type", type)] }
    }

    package init(json: Any) {
        body = (try? JSONSerialization.data(withJSONObject: json, options: .sortedKeys)) ?? Data()
        headers = [("Content-Type", "application/json; charset=utf-8")]
    }
}

/// A web server on the loopback, on a port of its own; it ends with the last reference.
///
/// Each connection has a thread, brings one request and is closed, so that nothing is kept between
/// two tests.
package final class LoopbackServer: Sendable {
    private let listener: Int32
    package let port: UInt16
    private let handler: @Sendable (LoopbackRequest) -> LoopbackAnswer
    private let log = Log()

    /// Apart from the server, so that its threads do not keep it alive.
    private final class Log: Sendable {
        let requests = Mutex<[LoopbackRequest]>([])
    }

    package struct Failure: Error {}

    package init(_ handler: @escaping @Sendable (LoopbackRequest) -> LoopbackAnswer) throws {
        self.handler = handler
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size) == 0 && listen(listener, 32) == 0
                    && getsockname(listener, pointer, &size) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isBound else { throw Failure() }
        signal(SIGPIPE, SIG_IGN)  // a client that was killed is part of the tests
        let log = log
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread {
                    Self.serve(connection, handler, log)
                    close(connection)
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// `http://127.0.0.1:PORT`
    package var address: String { "http://127.0.0.1:\(port)" }

    /// What was asked so far.
    package var requests: [LoopbackRequest] { log.requests.withLock { $0 } }

    private static func serve(
        _ connection: Int32, _ handler: (LoopbackRequest) -> LoopbackAnswer, _ log: Log
    ) {
        guard let request = read(connection) else { return }
        log.requests.withLock { $0.append(request) }
        let answer = handler(request)
        if answer.delay > 0 { usleep(UInt32(answer.delay * 1e6)) }
        var head = "HTTP/1.1 \(answer.status) Status\r\n"
        for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
        head += "Content-Length: \(answer.body.count)\r\nConnection: close\r\n\r\n"
        write(connection, Data(head.utf8) + answer.body.prefix(answer.breaksAfter ?? .max))
    }

    private static func write(_ connection: Int32, _ data: Data) {
        data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = Glibc.write(
                    connection, bytes.baseAddress! + offset, bytes.count - offset)
                guard count > 0 else { return }
                offset += count
            }
        }
    }

    /// Reads up to the empty line; none of the requests has a body.
    private static func read(_ connection: Int32) -> LoopbackRequest? {
        var data = Data()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while data.range(of: Data("\r\n\r\n".utf8)) == nil {
            let count = Glibc.read(connection, &buffer, buffer.count)
            guard count > 0, data.count < 1 << 20 else { return nil }
            data.append(contentsOf: buffer[..<count])
        }
        let lines = String(decoding: data, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, let url = URLComponents(string: String(words[1])) else {
            return nil
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let parameters = (url.queryItems ?? []).map { ($0.name, $0.value ?? "") }
        return LoopbackRequest(
            path: url.path, parameters: Dictionary(parameters) { $1 }, headers: headers,
            time: ProcessInfo.processInfo.systemUptime)
    }
}

extension Data {
    /// The bytes in the form of gzip, not made smaller (RFC 1951, 3.2.4, and RFC 1952).
    package var gzipped: Data {
        var data = Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
        var rest = self[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let count = UInt16(block.count)
            data += [rest.isEmpty ? 1 : 0, UInt8(count & 255), UInt8(count >> 8)]
            data += [UInt8(~count & 255), UInt8(~count >> 8)]
            data += block
        } while !rest.isEmpty
        var remainder = UInt32.max
        for byte in self {
            remainder ^= UInt32(byte)
            for _ in 0..<8 {
                remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0)
            }
        }
        for value in [~remainder, UInt32(truncatingIfNeeded: count)] {
            data += (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        return data
    }
}
