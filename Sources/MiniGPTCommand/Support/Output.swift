import Foundation
import MiniPipeline

/// How results and progress are shown.
struct Output: Sendable {
    /// Results as JSON on standard output, for programs.
    var json = false
    /// Nothing but results and errors.
    var quiet = false

    var console: Console { Console() }

    /// Whether there is a terminal with somebody who wants to see how far it is.
    var isLive: Bool { console.isTerminal && !quiet && !json }

    /// Shows a result: as JSON if that is asked for, as text otherwise.
    func show(_ result: some Encodable, text: @autoclosure () -> String) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.dateEncodingStrategy = .iso8601
            console.write(String(decoding: try encoder.encode(result), as: UTF8.self) + "\n")
        } else {
            console.write(text() + "\n")
        }
    }

    /// Tells what is going on, unless the reader wants results only.
    func note(_ text: String) {
        if !quiet, !json { console.write(text + "\n") }
    }
}
