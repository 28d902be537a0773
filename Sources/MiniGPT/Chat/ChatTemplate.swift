import Foundation
import MiniTokenizer

/// One turn of a conversation.
public struct ChatMessage: Sendable, Codable, Equatable {
    /// Who speaks.
    public enum Role: String, Sendable, Codable, CaseIterable {
        /// Says how the assistant should be.
        case system
        /// Asks.
        case user
        /// Answers: the model.
        case assistant
    }

    /// Who speaks.
    public var role: Role
    /// What is said.
    public var content: String

    /// A turn.
    public init(_ role: Role, _ content: String) {
        self.role = role
        self.content = content
    }
}

/// How a conversation is written for a model: what stands before and after every turn.
///
///     <|user|>Who are you?<|end|><|assistant|>A mill.<|end|>
///
/// A model that was fine-tuned keeps its template beside it, in `chat.json`. What people say never
/// becomes a marker: contents are ordinary text, whatever they hold.
public struct ChatTemplate: Sendable, Codable, Equatable {
    /// What stands around the turns of one role.
    public struct Marker: Sendable, Codable, Equatable {
        /// Before the content.
        public var before: String
        /// After it.
        public var after: String

        /// A marker.
        public init(before: String, after: String) {
            self.before = before
            self.after = after
        }
    }

    /// Around what the system says.
    public var system: Marker
    /// Around what the user says.
    public var user: Marker
    /// Around what the assistant says. What stands after it ends an answer.
    public var assistant: Marker
    /// Between a marker and the content, as part of the content: a blank, or nothing.
    public var lead: String
    /// Texts that end an answer as well.
    public var stops: [String]

    /// A template.
    public init(
        system: Marker, user: Marker, assistant: Marker, lead: String = "", stops: [String] = []
    ) {
        self.system = system
        self.user = user
        self.assistant = assistant
        self.lead = lead
        self.stops = stops
    }

    /// What stands around the turns of a role.
    public subscript(role: ChatMessage.Role) -> Marker {
        switch role {
        case .system: system
        case .user: user
        case .assistant: assistant
        }
    }
}

// MARK: - The ones there are

extension ChatTemplate {
    /// The special tokens of a vocabulary that is ready for conversations.
    public static let roleTokens = ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]

    /// For a vocabulary with `roleTokens`: a token before every turn and one after.
    public static let tokens = ChatTemplate(
        system: Marker(before: "<|system|>", after: "<|end|>"),
        user: Marker(before: "<|user|>", after: "<|end|>"),
        assistant: Marker(before: "<|assistant|>", after: "<|end|>"))

    /// Names before the turns, and an empty line after them: for any vocabulary, and for models that
    /// never learned a conversation.
    public static let names = ChatTemplate(
        system: Marker(before: "", after: "\n\n"), user: Marker(before: "User:", after: "\n\n"),
        assistant: Marker(before: "Assistant:", after: "\n\n"), lead: " ",
        stops: ["\nUser:", "\nAssistant:"])

    /// The template that suits a vocabulary: `tokens` if it has them; else `names`, where the
    /// vocabulary's end of text, if there is one, ends the answers.
    public static func suiting(_ tokenizer: any TextTokenizer) -> ChatTemplate {
        if roleTokens.allSatisfy({ tokenizer.addedToken($0)?.isSpecial ?? false }) {
            return tokens
        }
        var template = names
        let end = tokenizer.addedTokens.first { $0.id == tokenizer.endOfText }
        if let end { template.assistant.after = end.content }
        return template
    }
}

// MARK: - Text and tokens

extension ChatTemplate {
    /// A piece of a written conversation.
    package struct Piece: Equatable {
        /// Its text.
        package var text: String
        /// Whether it is a marker: special tokens in it are tokens.
        package var isMarker: Bool
        /// Whether the model says it: content and end of the assistant's turns.
        package var isAnswer: Bool
    }

    /// The pieces of a conversation in order.
    ///
    /// - Parameter answering: whether the assistant's next turn begins at the end.
    package func pieces(_ messages: [ChatMessage], answering: Bool) -> [Piece] {
        var pieces: [Piece] = []
        for message in messages {
            let marker = self[message.role]
            let isAnswer = message.role == .assistant
            pieces.append(Piece(text: marker.before, isMarker: true, isAnswer: false))
            pieces.append(
                Piece(text: content(of: message), isMarker: false, isAnswer: isAnswer))
            pieces.append(Piece(text: marker.after, isMarker: true, isAnswer: isAnswer))
        }
        if answering {
            pieces.append(Piece(text: assistant.before, isMarker: true, isAnswer: false))
        }
        return pieces.filter { !$0.text.isEmpty }
    }

    /// The content as it is written. Where empty lines are the marker of an end, it has none.
    private func content(of message: ChatMessage) -> String {
        let marker = self[message.role]
        var text = message.content.trimmingCharacters(in: .whitespacesAndNewlines)
        if marker.after.allSatisfy(\.isNewline) {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
            text = lines.joined(separator: "\n")
        }
        return (marker.before.isEmpty ? "" : lead) + text
    }

    /// A conversation as one text, to look at.
    public func text(of messages: [ChatMessage], answering: Bool = false) -> String {
        pieces(messages, answering: answering).map(\.text).joined()
    }

    /// A conversation as tokens.
    ///
    /// - Parameter answering: whether the assistant's next turn begins at the end, as a prompt.
    /// - Throws: `TokenizerError` if the tokenizer cannot express it.
    public func tokens(
        of messages: [ChatMessage], answering: Bool = false, _ tokenizer: any TextTokenizer
    ) throws(TokenizerError) -> [Int32] {
        var tokens: [Int32] = []
        for piece in pieces(messages, answering: answering) {
            tokens += try Self.tokens(of: piece, tokenizer)
        }
        return tokens
    }

    /// The tokens of a piece: special ones only in markers.
    package static func tokens(
        of piece: Piece, _ tokenizer: any TextTokenizer
    ) throws(TokenizerError) -> [Int32] {
        try tokenizer.encode(piece.text, specialTokens: piece.isMarker ? .recognized : .asText)
    }

    /// The special tokens that end an answer.
    public func endTokens(_ tokenizer: any TextTokenizer) -> Set<Int32> {
        var ends: Set<Int32> = []
        if let end = tokenizer.endOfText { ends.insert(end) }
        // The next turn's marker ends this one too.
        for text in [assistant.after, user.before, system.before, assistant.before] {
            if let token = tokenizer.addedToken(text), token.isSpecial { ends.insert(token.id) }
        }
        return ends
    }

    /// The texts that end an answer, where no token does.
    public func stopStrings(_ tokenizer: any TextTokenizer) -> [String] {
        let after = assistant.after
        let isToken = tokenizer.addedToken(after)?.isSpecial ?? false
        return isToken || after.isEmpty ? stops : [after] + stops
    }
}
