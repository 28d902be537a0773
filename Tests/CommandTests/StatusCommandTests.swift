import Foundation
import TestSupport
import Testing

/// The suites of the command. They start programs that use all processors, so one at a time.
@Suite(.serialized) enum Command {}

extension Workshop {
    /// A folder for `minigpt`.
    convenience init() throws { try self.init("minigpt") }
}

extension Command {
    @Suite("minigpt status")
    struct StatusCommandTests {
        @Test("An empty directory: nothing is done, and the first command is named")
        func empty() throws {
            let outcome = try Workshop().run(["status"])
            #expect(outcome.status == 0)
            #expect(outcome.output.contains("Next: minigpt collect"))
            #expect(!outcome.output.contains("\u{1B}"))
        }

        @Test("For programs it is JSON")
        func json() throws {
            let outcome = try Workshop().run(["status", "--json"])
            let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
            let status = try #require(object as? [String: Any])
            #expect((status["stages"] as? [[String: Any]])?.count == 6)
        }

        @Test("Help has examples, and unknown flags are a mistake of use")
        func help() throws {
            let workshop = try Workshop()
            let help = try workshop.run(["status", "--help"])
            #expect(help.status == 0 && help.output.contains("Examples:"))
            #expect(try workshop.run(["status", "--no-such-flag"]).status == 64)
        }
    }
}
