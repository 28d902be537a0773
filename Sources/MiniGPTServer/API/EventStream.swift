import HTTPTypes
import Hummingbird
import HummingbirdCore
import MiniGPT

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

/// One of the texts of an answer, whole.
struct WholeText: Sendable {
    var text = ""
    /// Its tokens, if they were asked for.
    var tokens: [GeneratedToken] = []
    /// How it went; `nil` if it was ended by an error.
    var summary: GenerationSummary?
}

extension Call {
    /// Waits for all texts of an answer, which is cancelled if its client goes away.
    func wholeTexts(of answer: Answer, count: Int) async throws -> [WholeText] {
        connection.onClose { answer.cancel() }
        defer { connection.onClose(nil) }
        var texts = [WholeText](repeating: WholeText(), count: count)
        for try await piece in answer.events {
            switch piece.event {
            case .text(let text): texts[piece.choice].text += text
            case .token(let token): texts[piece.choice].tokens.append(token)
            case .finished(let summary): texts[piece.choice].summary = summary
            }
        }
        return texts
    }
}
