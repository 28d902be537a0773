import Foundation
import TestSupport
import Testing

extension Command {
    @Suite("minigpt run")
    struct RunCommandTests {
        private let small = [
            "--preset", "tiny", "--iterations", "80", "--vocabulary", "300", "--seed", "7",
            "--tokens", "30",
        ]

        private func mills(_ wiki: LoopbackWikipedia) -> [String] {
            [
                "run", "--category", "Mills", "--api-url", wiki.address, "--contact",
                "me@example.org", "--interval", "0", "--retry-wait", "0.01",
            ] + small
        }

        /// What a path leaves, but for what holds times.
        private func files(_ workshop: Workshop) throws -> [String: Data] {
            var found: [String: Data] = [:]
            let all = FileManager.default.enumerator(atPath: workshop.folder.path)
            while let name = all?.nextObject() as? String {
                let isData = name.hasPrefix("data/") || name.hasPrefix("models/")
                let isModel =
                    name.hasSuffix(".safetensors") || name.hasSuffix("samples.jsonl")
                let path = workshop.path(name)
                guard isData || isModel, let data = FileManager.default.contents(atPath: path)
                else { continue }
                // Which older checkpoints are left depends on when it was stopped.
                if name.contains("/checkpoints/"), !name.contains("80") { continue }
                found[name] = data
            }
            return found
        }

        @Test("From Wikipedia to a sample, past every trouble a server can make")
        func troubles() throws {
            let wiki = try LoopbackWikipedia([
                1: .tooManyRequests(seconds: 0), 3: .brokenBody, 5: .redirect, 7: .maxlag,
            ])
            let workshop = try Workshop()
            let outcome = try workshop.run(mills(wiki))
            #expect(outcome.status == 0, "\(outcome.errors)")
            for stage in ["collect", "clean", "tokenizer train", "prepare", "train", "generate"] {
                #expect(outcome.output.contains("$ minigpt \(stage)"))
            }
            #expect(workshop.exists("runs/tiny/report.html"))
            let status = try workshop.run(["status", "--json"])
            let object = try JSONSerialization.jsonObject(with: Data(status.output.utf8))
            let stages = (object as? [String: Any])?["stages"] as? [[String: Any]]
            #expect(
                stages?.map { $0["state"] as? String } == [
                    "done", "done", "done", "done", "done", "missing",
                ])

            let again = try workshop.run(mills(wiki))
            #expect(again.status == 0 && again.output.contains("prepare: done before"))
            #expect(!again.output.contains("$ minigpt train"))
        }

        @Test("An article in French")
        func french() throws {
            let wiki = try LoopbackWikipedia()
            let workshop = try Workshop()
            let outcome = try workshop.run(
                [
                    "run", "--title", "Moulin", "--language", "fr", "--api-url", wiki.address,
                    "--contact", "me@example.org", "--interval", "0",
                ] + small)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try workshop.read("data/processed/text.txt").contains("machine à moudre"))
            withExtendedLifetime(wiki) {}
        }

        @Test("Killed in every stage and started again, it ends in the same files")
        func killed() throws {
            let undisturbed = try Workshop()
            let calm = try LoopbackWikipedia()
            #expect(try undisturbed.run(mills(calm)).status == 0)
            withExtendedLifetime(calm) {}

            let wiki = try LoopbackWikipedia([4: .slow(60)])
            let workshop = try Workshop()
            let moments: [(String, () -> Bool)] = [
                ("while it collects", { wiki.server.requests.count > 4 }),
                ("while it cleans", { workshop.exists("data/raw/text.txt") }),
                ("while the tokenizer learns", { workshop.exists("data/processed/text.txt") }),
                ("while it prepares", { workshop.exists("models/tokenizer.json") }),
                ("before it trains", { workshop.exists("data/processed/prepared.json") }),
                (
                    "while it trains",
                    {
                        let lines = (try? workshop.read("runs/tiny/metrics.jsonl")) ?? ""
                        return lines.split(separator: "\n").count > 20
                    }
                ),
            ]
            for (name, hasCome) in moments {
                let process = try workshop.start(mills(wiki))
                while process.isRunning, !hasCome() { usleep(500) }
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                #expect(process.terminationReason == .uncaughtSignal, "\(name)")
            }
            let outcome = try workshop.run(mills(wiki))
            #expect(outcome.status == 0, "\(outcome.errors)")
            let (expected, found) = (try files(undisturbed), try files(workshop))
            #expect(Set(found.keys) == Set(expected.keys))
            for (name, data) in expected {
                #expect(found[name] == data, "\(name) differs")
            }
        }

        @Test("Ctrl-C in a training ends it with 130, and the same command goes on")
        func interrupted() throws {
            let workshop = try Workshop()
            let arguments = ["run", "--text", "corpus.txt"] + small
            let process = try workshop.start(arguments + ["--iterations", "20000"])
            while process.isRunning, !workshop.exists("runs/tiny/metrics.jsonl") { usleep(5_000) }
            kill(process.processIdentifier, SIGINT)
            let outcome = try workshop.finish(process)
            #expect(outcome.status == 130)
            #expect(try workshop.run(["status"]).output.contains("--resume"))
        }

        @Test("Without a text, with two, or with an unknown preset it says so")
        func mistakes() throws {
            let workshop = try Workshop()
            let nothing = try workshop.run(["run"])
            #expect(nothing.status == 1)
            #expect(nothing.errorLines.first?.contains("name one with --text") == true)
            #expect(
                try workshop.run(["run", "--text", "corpus.txt", "--category", "Mills"]).status
                    == 64)
            let preset = try workshop.run(["run", "--text", "corpus.txt", "--preset", "cours"])
            #expect(preset.status == 1)
            #expect(preset.errorLines.first?.contains("did you mean 'course'") == true)
            #expect(try workshop.run(["run", "--help"]).output.contains("Examples:"))
        }
    }
}
