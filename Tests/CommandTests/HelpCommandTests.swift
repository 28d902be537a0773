import TestSupport
import Testing

extension Command {
    @Suite("minigpt --help")
    struct HelpCommandTests {
        private static let commands: [[String]] = [
            [], ["run"], ["status"], ["collect"], ["collect", "wikipedia"],
            ["collect", "gutenberg"],
            ["collect", "url"], ["collect", "files"], ["clean"], ["tokenizer"],
            ["tokenizer", "train"], ["tokenizer", "encode"], ["tokenizer", "decode"],
            ["tokenizer", "inspect"], ["tokenizer", "compare"], ["prepare"], ["train"],
            ["fine-tune"], ["evaluate"], ["generate"], ["chat"], ["serve"], ["export"], ["import"],
            ["info"], ["plan"], ["doctor"],
        ]

        @Test("Every command has help with examples, and refuses a flag it does not know")
        func everyCommand() throws {
            let workshop = try Workshop()
            for command in Self.commands {
                let help = try workshop.run(command + ["--help"])
                #expect(help.status == 0 && help.output.contains("Examples:"), "\(command)")
                #expect(try workshop.run(command + ["--no-such-flag"]).status == 64, "\(command)")
            }
        }

        @Test("Shells can complete its words")
        func completions() throws {
            let outcome = try Workshop().run(["--generate-completion-script", "bash"])
            #expect(outcome.status == 0 && outcome.output.contains("fine-tune"))
        }
    }
}
