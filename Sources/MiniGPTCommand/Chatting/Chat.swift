import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// `minigpt chat`: a conversation with a model.
struct Chat: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Talks with a model, turn by turn.",
        discussion: """
            A line is a question; a line that begins with a slash is a command, such as /help. Every \
            turn is kept in the project's chats/NAME.json, and the same --name goes on. Ctrl-C stops \
            an answer; at the prompt it ends the chat. A model that was not fine-tuned to \
            conversations continues a text with named turns.

            Examples:
              minigpt chat
              minigpt chat --model chat/best --system "You are a miller." --name mill
              minigpt chat --model gpt2 --temperature 0.7 --tokens 60
              echo "Who are you?" | minigpt chat --seed 7
            """)

    @OptionGroup(title: "Model") var model: ModelOptions
    @Option(help: "What the assistant is told before everything.") var system: String?
    @Option(
        help: ArgumentHelp(
            "The conversation to go on with, or the name of a new one.", valueName: "name"))
    var name: String?
    @Flag(name: .customLong("continue"), help: "Go on with the newest conversation.")
    var continues = false
    @Option(parsing: .unconditional, help: "How many tokens an answer may have.") var tokens = 200
    @Option(parsing: .unconditional, help: "Decides the answers. (default: 1337)")
    var seed: UInt64?
    @Option(help: "Keep the weights as f32, f16, bf16, q8_0 or q4_0.")
    var weights = NumberFormat.float32
    @OptionGroup(title: "Sampling") var sampling: SamplingOptions
    @OptionGroup var threads: ThreadOptions
    @Flag(help: "Nothing but answers and errors.") var quiet = false

    func validate() throws {
        guard tokens >= 1 else {
            throw ValidationError("--tokens is \(tokens), but must be at least 1.")
        }
        guard name == nil || !continues else {
            throw ValidationError("Give --name or --continue, not both.")
        }
        let (parameters, order) = (try sampling.parameters(), try sampling.samplerOrder())
        try checkingFlags { () throws(GenerationParameterError) in
            _ = try parameters.chain(order: order)
        }
    }

    func run() throws {
        try threads.run {
            var loop = try ChatLoop(self, Interruption())
            try loop.run()
        }
    }
}
