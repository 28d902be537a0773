import Foundation
import MiniGPT
import MiniPipeline

extension ChatLoop {
    /// Does what a command asks for.
    mutating func run(_ command: ChatCommand, _ argument: String) throws {
        switch command {
        case .help: console.write(Self.help)
        case .system: try changeSystem(argument)
        case .reset:
            conversation.reset()
            try save()
            note("A new conversation.")
        case .retry:
            guard let question = conversation.undo() else {
                throw PipelineError("There is no question to answer again yet.")
            }
            try ask(question)
        case .undo:
            guard let question = conversation.undo() else {
                throw PipelineError("There is nothing to take back.")
            }
            try save()
            note("Taken back: \(question)")
        case .history:
            for message in conversation.messages {
                console.write("\(message.role.rawValue): \(message.content)\n")
            }
        case .save: try keep(argument)
        case .load: try load(argument)
        case .set: try set(argument)
        case .seed: try changeSeed(argument)
        case .model: try changeModel(argument)
        case .tokens: try countTokens()
        case .quit: break
        }
    }

    private static var help: String {
        let width = 22
        return ChatCommand.allCases.map { command in
            let name = "/\(command.rawValue) \(command.argument)"
            return name.padding(toLength: width, withPad: " ", startingAt: 0) + command.explanation
        }.joined(separator: "\n") + "\n"
    }

    private mutating func changeSystem(_ text: String) throws {
        guard !text.isEmpty else {
            return console.write((conversation.system ?? "There is no system text.") + "\n")
        }
        conversation.system = text == "none" ? nil : text
        try save()
    }

    private mutating func keep(_ name: String) throws {
        if !name.isEmpty { file = try project.chat(named: name) }
        guard let file else { throw PipelineError("Say under which name: /save mill.") }
        try save()
        note("Kept in \(file.path).")
    }

    private mutating func load(_ name: String) throws {
        let names = project.chatNames
        guard !name.isEmpty else {
            let list =
                names.isEmpty
                ? "There are none in \(project.chats.path)." : names.joined(separator: "\n")
            return console.write(list + "\n")
        }
        let url = try project.chat(named: name)
        guard names.contains(name) else {
            throw PipelineError("\(project.chats.path) has no conversation \(name).")
        }
        conversation = try chatting { () throws(ChatError) in try Conversation(contentsOf: url) }
        file = url
        note("Going on with \(name): \(conversation.messages.count) turns.")
    }

    private mutating func set(_ argument: String) throws {
        let parts = argument.split(whereSeparator: \.isWhitespace).map(String.init)
        switch parts.count {
        case 0: console.write(settings.text)
        case 2: try settings.set(parts[0], parts[1], for: session.tokenizer)
        default: throw PipelineError("Give a name and a value: /set temperature 0.7.")
        }
    }

    private mutating func changeSeed(_ text: String) throws {
        guard !text.isEmpty else { return console.write("\(conversation.seed)\n") }
        guard let seed = UInt64(text) else {
            throw PipelineError("The seed is a whole number from 0 up, not \(text).")
        }
        conversation.seed = seed
        conversation.answers = 0
        try save()
    }

    private mutating func changeModel(_ name: String) throws {
        guard !name.isEmpty else {
            let count = NumberText.count(model.model.parameterCount)
            return console.write("\(model.url.path), \(count) parameters\n")
        }
        model = try ModelSource.open(project.modelPath(name), weights: options.weights)
        session = model.chat()
        conversation.model = name
        try save()
        note("Going on with \(model.url.path).")
    }

    private func countTokens() throws {
        let context = session.contextLength
        let tokens = try describing { () throws(TokenizerError) in
            try session.template.tokens(of: conversation.messages, session.tokenizer)
        }
        console.write(
            "\(NumberText.count(tokens.count)) tokens of a context of \(NumberText.count(context))\n"
        )
    }
}
