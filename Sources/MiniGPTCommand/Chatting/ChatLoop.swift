import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// Reads lines, answers them, and keeps the conversation.
struct ChatLoop {
    let options: Chat
    let console = Console()
    let interruption: Interruption
    let project: Project
    var model: OpenedModel
    var session: ChatSession<AnyTokenPredictor>
    var settings: ChatSettings
    var conversation = Conversation()
    /// Where it is kept; `nil` for nowhere.
    var file: URL?
    private var isOver = false

    init(_ options: Chat, _ interruption: Interruption) throws {
        self.options = options
        self.interruption = interruption
        project = options.model.place.project
        model = try options.model.source(console, weights: options.weights)
        session = model.chat()
        settings = try ChatSettings(options)
        try choosePlace()
        conversation.model = options.model.model ?? conversation.model
        if let seed = options.seed { conversation.seed = seed }
        if let system = options.system { conversation.system = system }
    }

    /// Opens the conversation that the flags name, or begins one.
    private mutating func choosePlace() throws {
        let isProject = [project.file, project.runs].contains {
            FileManager.default.fileExists(atPath: $0.path)
        }
        var name = options.name
        if options.continues {
            guard let newest = project.chatNames.first else {
                throw PipelineError(
                    "\(project.chats.path) has no conversation to go on with; begin one with `minigpt chat`."
                )
            }
            name = newest
        }
        guard let name = name ?? (isProject ? project.newChatName : nil) else { return }
        let url = try project.chat(named: name)
        file = url
        if FileManager.default.fileExists(atPath: url.path) {
            conversation = try chatting { () throws(ChatError) in try Conversation(contentsOf: url)
            }
            note("Going on with \(name): \(conversation.messages.count) turns.")
        }
    }

    /// Whether somebody types at a terminal: only then prompts are shown.
    private var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && console.isTerminal }

    mutating func run() throws {
        if isInteractive, !options.quiet {
            console.complain(
                "\(model.url.lastPathComponent): \(NumberText.count(model.model.parameterCount)) parameters, context \(model.model.contextLength). /help for help, /quit or Ctrl-D to end."
            )
            if model.chatTemplate == nil {
                console.complain(
                    "This model was not fine-tuned to conversations (`minigpt fine-tune`): it continues a text with named turns."
                )
            }
        }
        while !isOver {
            if isInteractive { console.write(console.colored("> ", 36)) }
            guard let line = readLine() else { break }
            do {
                try take(line)
            } catch let error as PipelineError {
                console.complain(error.description)
            }
        }
        if isInteractive { console.write("\n") }
    }

    private mutating func take(_ line: String) throws {
        switch ChatCommand.read(line) {
        case .empty: break
        case .message(let text): try ask(text)
        case .command(.quit, _): isOver = true
        case .command(let command, let argument): try run(command, argument)
        case .unknown(let word, let closest):
            console.complain(
                "There is no command /\(word); did you mean /\(closest.rawValue)? /help shows all.")
        }
    }

    /// Answers a question, and keeps both.
    mutating func ask(_ question: String) throws {
        conversation.messages.append(ChatMessage(.user, question))
        do {
            try answer()
        } catch {
            conversation.undo()
            throw error
        }
    }

    private mutating func answer() throws {
        var generation = GenerationOptions()
        generation.maximumTokens = settings.tokens
        let chain = try settings.chain(for: session.tokenizer)
        var random = conversation.random
        let console = console
        let messages = conversation.messages
        let answer = try interruption.during { stop throws(PipelineError) in
            try chatting { () throws(ChatError) in
                try session.answer(
                    messages, sampler: chain, options: generation, using: &random, until: stop
                ) { console.write($0) }
            }
        }
        console.write("\n")
        conversation.answers += 1
        conversation.messages.append(ChatMessage(.assistant, answer.text))
        try save()
        if answer.droppedTurns > 0 {
            note("[the context is full: the oldest \(answer.droppedTurns) turns were left out]")
        }
        switch answer.summary.stopReason {
        case .contextFull: note("[the answer ends where the model's context does]")
        case .cancelled: note("[stopped]")
        default: break
        }
    }

    /// Says something that is not an answer.
    func note(_ text: String) {
        if !options.quiet {
            console.complain(console.isTerminal ? console.colored(text, 90) : text)
        }
    }

    func save() throws {
        guard let file else { return }
        try chatting { () throws(ChatError) in try conversation.write(to: file) }
    }
}
