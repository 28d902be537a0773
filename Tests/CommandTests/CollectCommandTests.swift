import Foundation
import TestSupport
import Testing

extension Command {
    @Suite("minigpt collect")
    struct CollectCommandTests {
        private let quick = ["--interval", "0", "--retry-wait", "0.01"]

        private func mills(_ wiki: LoopbackWikipedia) -> [String] {
            [
                "collect", "wikipedia", "--category", "Mills", "--depth", "1", "--api-url",
                wiki.address, "--contact", "me@example.org",
            ] + quick
        }

        /// Starts a collection and waits until the request that is never answered has come.
        private func startAndHang(
            _ workshop: Workshop, _ wiki: LoopbackWikipedia, at request: Int
        ) throws -> Process {
            let process = try workshop.start(mills(wiki))
            while process.isRunning, wiki.server.requests.count <= request { usleep(5_000) }
            #expect(process.isRunning)
            return process
        }

        private func files(_ workshop: Workshop) throws -> [String] {
            try ["data/raw/documents.jsonl", "data/raw/text.txt"].map(workshop.read)
        }

        @Test(
            "Killed in the middle and started again, it asks for the rest and leaves the same files"
        )
        func killed() throws {
            let calm = try LoopbackWikipedia()
            let undisturbed = try Workshop()
            #expect(try undisturbed.run(mills(calm)).status == 0)

            let wiki = try LoopbackWikipedia([2: .slow(60), 17: .slow(60), 18: .brokenBody])
            let workshop = try Workshop()
            for request in [2, 17] {
                let process = try startAndHang(workshop, wiki, at: request)
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                #expect(
                    try workshop.run(["status"]).output.contains(
                        "the same `minigpt collect` goes on"))
                #expect(!workshop.exists("data/raw/documents.jsonl"))
            }
            let outcome = try workshop.run(mills(wiki))
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try files(workshop) == files(undisturbed))
            // Once more for each of the two that were never answered and the one that broke.
            #expect(wiki.server.requests.count == calm.server.requests.count + 3)
            let folder = workshop.folder.appendingPathComponent("data/raw").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
        }

        @Test("Ctrl-C ends it with 130 and a word, also during a wait, and it goes on later")
        func interrupted() throws {
            let wiki = try LoopbackWikipedia([5: .slow(60), 9: .tooManyRequests(seconds: 100)])
            let workshop = try Workshop()
            for request in [5, 9] {
                let process = try startAndHang(workshop, wiki, at: request)
                kill(process.processIdentifier, SIGINT)
                let outcome = try workshop.finish(process)
                #expect(outcome.status == 130)
                #expect(outcome.errors.contains("the same command goes on"))
            }
            let outcome = try workshop.run(mills(wiki) + ["--json"])
            let summary = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
            #expect(summary["documents"] as? Int == 12)
            #expect((summary["skipped"] as? [Any])?.count == 2)
            #expect(try workshop.run(["status"]).output.contains("Next: minigpt clean"))
        }

        @Test("Between two requests lies the interval, and the server hears who asks")
        func polite() throws {
            let wiki = try LoopbackWikipedia()
            let begin = ContinuousClock.now
            let outcome = try Workshop().run([
                "collect", "wikipedia", "--title", "Miller", "--api-url", wiki.address,
                "--interval", "0.2", "--contact", "me@example.org",
            ])
            #expect(outcome.status == 0 && outcome.output.contains("Collected 1 document"))
            #expect(wiki.server.requests.count == 3)
            // No machine is so fast that two waits take less.
            #expect(ContinuousClock.now - begin >= .milliseconds(400))
            #expect(
                wiki.server.requests[0].headers["user-agent"]
                    == "MiniGPT/1.0 (me@example.org) minigpt-collect")
        }

        @Test("Files and addresses come together in one collection")
        func together() throws {
            let server = try LoopbackServer { _ in
                LoopbackAnswer(200, "<p>From the <b>web</b></p>", type: "text/html")
            }
            let workshop = try Workshop()
            #expect(try workshop.run(["collect", "files", "corpus.txt"]).status == 0)
            let outcome = try workshop.run(["collect", "url", server.address + "/a"] + quick)
            #expect(outcome.output.contains("Collected 2 documents"), "\(outcome.errors)")
            #expect(
                try workshop.read("data/raw/text.txt") == Workshop.verses + "\n\nFrom the web\n")
        }

        @Test("A failure is one sentence with exit code 1, a mistake of use has 64")
        func mistakes() throws {
            let workshop = try Workshop()
            let missing = try workshop.run(["collect", "files", "none.txt"])
            #expect(missing.status == 1)
            #expect(
                missing.errorLines == ["minigpt: none.txt is not there; nothing was collected."])
            for arguments in [
                ["wikipedia", "--title", "X"],  // nobody to turn to
                ["wikipedia", "--title", "X", "--random", "--contact", "me"],
                ["wikipedia", "--search", "x", "--contact", "me", "--interval", "-1"],
                ["url", "file:///etc/passwd"], ["gutenberg", "0"], ["gutenberg"], ["files"],
            ] {
                #expect(
                    try workshop.run(
                        ["collect"] + arguments, environment: ["MINIGPT_CONTACT": ""]
                    ).status == 64, "\(arguments)")
            }
            for name in [[], ["wikipedia"], ["gutenberg"], ["url"], ["files"]] {
                let help = try workshop.run(["collect"] + name + ["--help"])
                #expect(help.status == 0 && help.output.contains("Examples:"))
            }
        }
    }
}
