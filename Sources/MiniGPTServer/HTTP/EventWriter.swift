import Hummingbird
import HummingbirdCore
import MiniGPT
import MiniSupport
import NIOCore

/// Writes server-sent events: `data: …` and an empty line.
struct EventWriter {
    private var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) { self.writer = writer }

    /// Sends an event of JSON. JSON has no line breaks, so it is one line.
    mutating func send(_ json: JSONNode) async throws { try await send(text: json.json) }

    mutating func send(text: String) async throws {
        try await writer.write(ByteBuffer(string: "data: \(text)\n\n"))
    }
}
