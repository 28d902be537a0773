import Foundation
import MiniTensor

/// A conversation, as it is kept in `chats/NAME.json`.
public struct Conversation: Sendable, Codable, Equatable {
    /// The version of the format.
    public private(set) var version = 1
    /// The model that answers, as the user named it.
    public var model: String?
    /// What was said, in order; the system's words first.
    public var messages: [ChatMessage] = []
    /// Decides the answers.
    public var seed: UInt64 = 1337
    /// How many answers were made, also those that were taken back: every one has its own chance.
    public var answers: UInt64 = 0

    /// An empty conversation.
    public init() {}

    /// What the system says, if anything.
    public var system: String? {
        get { messages.first { $0.role == .system }?.content }
        set {
            messages.removeAll { $0.role == .system }
            if let newValue { messages.insert(ChatMessage(.system, newValue), at: 0) }
        }
    }

    /// Forgets all but the system's words.
    public mutating func reset() { messages.removeAll { $0.role != .system } }

    /// Takes back the last question and all that came after it.
    ///
    /// - Returns: the question, or `nil` if there was none.
    @discardableResult
    public mutating func undo() -> String? {
        guard let last = messages.lastIndex(where: { $0.role == .user }) else { return nil }
        let question = messages[last].content
        messages.removeSubrange(last...)
        return question
    }

    /// The generator for the next answer.
    public var random: SplitMix64 { SplitMix64(seed: seed).split(answers) }
}

// MARK: - Files

extension Conversation {
    /// Reads a conversation from its file.
    ///
    /// - Throws: `ChatError` if the file cannot be read, is damaged, or of a later version.
    public init(contentsOf url: URL) throws(ChatError) {
        self = try ChatError.reading(
            Conversation.self, from: url,
            advice: "delete it, or begin a new conversation under another name")
        guard version == 1 else {
            throw .unusableFile(
                path: url.path,
                problem: "has version \(version), which this program does not know",
                advice: "use a newer version of MiniGPT")
        }
    }

    /// Writes it, whole or not at all, and makes its folder if there is none.
    ///
    /// - Throws: `ChatError` if the folder or the file cannot be written.
    public func write(to url: URL) throws(ChatError) {
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch {
            throw .unwritableFile(
                "The folder of \(url.path) cannot be made: \(error.localizedDescription)")
        }
        try ChatError.writing(self, to: url)
    }
}
