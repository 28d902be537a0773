/// What a user can ask of a chat besides an answer: `/system You are a mill.`
public enum ChatCommand: String, Sendable, CaseIterable {
    case help, system, reset, retry, undo, history, save, load, set, seed, model, tokens, quit

    /// What the command's argument means, for the list of commands.
    public var argument: String {
        switch self {
        case .system: "[text|none]"
        case .save, .load: "[name]"
        case .set: "[name value]"
        case .seed: "[number]"
        case .model: "[model]"
        case .help, .reset, .retry, .undo, .history, .tokens, .quit: ""
        }
    }

    /// What the command does, for the list of commands.
    public var explanation: String {
        switch self {
        case .help: "shows this"
        case .system: "shows or sets what the assistant is told before everything; none for nothing"
        case .reset: "begins again, with the same system text"
        case .retry: "answers the last question anew"
        case .undo: "takes back the last question and its answer"
        case .history: "shows the conversation"
        case .save: "keeps the conversation under a name; from then on after every turn"
        case .load: "goes on with a conversation, or lists all"
        case .set: "shows or sets how words are chosen: temperature 0.7, top-k 40, tokens 100, …"
        case .seed: "shows or sets what decides the answers"
        case .model: "shows the model, or goes on with another"
        case .tokens: "shows how much of the context the conversation takes"
        case .quit: "ends the chat"
        }
    }

    /// What a line asks for.
    public enum Line: Sendable, Equatable {
        /// A question for the model.
        case message(String)
        /// A command with what follows it.
        case command(ChatCommand, String)
        /// A slash with an unknown word, and the command that is closest to it.
        case unknown(String, closest: ChatCommand)
        /// The line has nothing but white space.
        case empty
    }

    /// Reads a line. Two slashes at the start are one slash of a message.
    public static func read(_ line: String) -> Line {
        let text = line.drop(while: \.isWhitespace)
        guard !text.allSatisfy(\.isWhitespace) else { return .empty }
        guard text.hasPrefix("/") else { return .message(line) }
        if text.hasPrefix("//") { return .message(String(text.dropFirst())) }
        let word = text.dropFirst().prefix { !$0.isWhitespace }.lowercased()
        let rest = text.dropFirst(1 + word.count).drop(while: \.isWhitespace)
        let argument = String(rest.reversed().drop(while: \.isWhitespace).reversed())
        if word == "exit" || word == "bye" { return .command(.quit, argument) }
        if let command = ChatCommand(rawValue: word) { return .command(command, argument) }
        let closest = allCases.min {
            EditDistance.between($0.rawValue, word) < EditDistance.between($1.rawValue, word)
        }
        return .unknown(word, closest: closest ?? .help)
    }
}
