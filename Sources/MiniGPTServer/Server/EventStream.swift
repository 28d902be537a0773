import HTTPTypes
import Hummingbird
import HummingbirdCore
import MiniGPT
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

extension Response {
    /// A stream of events about an answer, which is cancelled if its client goes away.
    ///
    /// - Parameter body: sends the events; an error it throws becomes the last event.
    init(
        eventsOf answer: Answer, _ call: Call,
        _ body: @escaping @Sendable (inout EventWriter) async throws -> Void
    ) {
        call.connection.onClose { answer.cancel() }
        self.init(
            status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8"],
            body: ResponseBody { writer in
                defer {
                    answer.cancel()
                    call.connection.onClose(nil)
                }
                var events = EventWriter(writer)
                do {
                    try await body(&events)
                } catch  where !answer.isCancelled || error is APIError || error is GenerationError
                {
                    try await events.send(APIError(error).body)
                }
                try await writer.finish(nil)
            })
    }
}

extension Call {
    /// Waits for all of an answer, which is cancelled if its client goes away.
    func collect(_ answer: Answer, _ take: (Answer.Piece) -> Void) async throws {
        connection.onClose { answer.cancel() }
        defer { connection.onClose(nil) }
        for try await piece in answer.events { take(piece) }
    }
}
