import Foundation
import TestSupport
import Testing

extension Command {
    @Suite("minigpt serve")
    struct ServeCommandTests {
        @Test("It says where it listens, and ends by SIGTERM with 143")
        func startAndEnd() throws {
            let workshop = try Workshop()
            let process = try workshop.start(["serve", ".", "--port", "0"])
            var patience = 2_000
            while try !workshop.read("stdout").contains("http://127.0.0.1:"), patience > 0 {
                usleep(10_000)
                patience -= 1
            }
            process.terminate()
            let outcome = try workshop.finish(process)
            #expect(outcome.output.hasPrefix("Serving . at http://127.0.0.1:"))
            #expect(outcome.status == 143)
        }

        @Test("Another address needs a token, and a folder must be there")
        func mistakes() throws {
            let workshop = try Workshop()
            let open = try workshop.run(["serve", "--host", "0.0.0.0"])
            #expect(open.status == 64 && open.errors.contains("--token"))
            let short = try workshop.run(["serve", "--host", "0.0.0.0", "--token", "short"])
            #expect(short.status == 64)
            let missing = try workshop.run(["serve", "nothing"])
            #expect(missing.status == 1 && missing.errors.contains("nothing"))
            let help = try workshop.run(["serve", "--help"])
            #expect(help.status == 0 && help.output.contains("Examples:"))
        }
    }
}
