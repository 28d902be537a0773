import Foundation

/// Where the user reads: a terminal, or a file or pipe that gets plain lines.
public struct Console: Sendable {
    /// Whether lines can be overwritten.
    public let isTerminal: Bool
    /// Whether colours are wanted; see https://no-color.org.
    public let hasColors: Bool

    /// Writes at once, without a buffer, so that a reader of a pipe sees it too.
    public func write(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    /// One line on standard error. What a file's strings in it would do to a terminal is taken out.
    public func complain(_ sentence: String) {
        clearLine()
        let text = TerminalText.plain(sentence) + "\n"
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    /// Puts a text in place of the line the cursor is on.
    public func replaceLine(_ text: String) { write("\r\u{1B}[2K" + text) }

    /// Empties the line the cursor is on.
    public func clearLine() {
        if isTerminal { replaceLine("") }
    }

    /// The text in an ANSI colour, if colours are wanted.
    public func colored(_ text: String, _ code: Int) -> String {
        hasColors ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// The width of the terminal.
    public var columns: Int {
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : 80
    }
}

extension Console {
    /// Standard output as it is.
    public init() {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
        let hasColors = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
        self.init(isTerminal: isTerminal, hasColors: hasColors)
    }
}
