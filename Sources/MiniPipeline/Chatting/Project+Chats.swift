import Foundation
import MiniSupport

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
        let names = FileSystem.names(in: chats)
        let dated = names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { name in
            let file = chats.appendingPathComponent(name)
            return (String(name.dropLast(5)), FileSystem.modificationDate(of: file))
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
