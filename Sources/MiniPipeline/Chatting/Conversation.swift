import Foundation
import MiniGPT

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
    /// Reads a conversation.
    public init(contentsOf url: URL) throws(PipelineError) {
        self = try JSONFile.read(
            Conversation.self, from: url,
            remedy: .advice("delete it, or begin a new conversation under another name"))
        guard version == 1 else {
            throw PipelineError(
                "\(url.path) has version \(version), which this program does not know; use a newer version of MiniGPT."
            )
        }
    }

    /// Writes it, whole or not at all.
    public func write(to url: URL) throws(PipelineError) {
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch {
            throw PipelineError(
                "The folder of \(url.path) cannot be made: \(error.localizedDescription)")
        }
        try JSONFile.write(self, to: url)
    }
}

extension Project {
    /// `chats`
    public var chats: URL { url("chats") }

    /// The file of a conversation.
    ///
    /// - Throws: `PipelineError` for a name that could lead elsewhere.
    public func chat(named name: String) throws(PipelineError) -> URL {
        try RunName.check(name)
        return chats.appendingPathComponent("\(name).json")
    }

    /// The names of all conversations, the one that was written to last first.
    public var chatNames: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: chats.path)) ?? []
        let dated = names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { name in
            let path = chats.appendingPathComponent(name).path
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (
                String(name.dropLast(5)), attributes?[.modificationDate] as? Date ?? .distantPast
            )
        }
        return dated.sorted { ($0.1, $0.0) > ($1.1, $1.0) }.map(\.0)
    }

    /// A name that no conversation has: `chat-1`, `chat-2` and so on.
    public var newChatName: String {
        let taken = Set(chatNames)
        var number = 1
        while taken.contains("chat-\(number)") { number += 1 }
        return "chat-\(number)"
    }
}
