import Foundation
import TestSupport
import Testing

extension Command {
    @Suite("minigpt clean")
    struct CleanCommandTests {
        private let names = ["cleaning.json", "documents.jsonl", "dropped.jsonl", "text.txt"]

        private func files(_ workshop: Workshop) throws -> [String] {
            try names.map { try workshop.read("data/processed/" + $0) }
        }

        @Test("A text of one's own goes through as it is")
        func single() throws {
            let workshop = try Workshop()
            _ = try workshop.run(["collect", "files", "corpus.txt"])
            let outcome = try workshop.run(["clean"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("Kept") && outcome.output.contains("MB/s"))
            let text = try workshop.read("data/processed/text.txt")
            #expect(text + "\n" == Workshop.verses)
            #expect(try workshop.run(["status"]).output.contains("Next: minigpt tokenizer train"))
        }

        @Test("Killed at any moment and started again, it leaves the same files")
        func killed() throws {
            let workshop = try Workshop()
            for number in 0..<200 {
                let words = (0..<2000).map { "word\(number * 31 + $0 * 17 % 4001)" }
                try workshop.write("texts/\(number).txt", words.joined(separator: " "))
            }
            _ = try workshop.run(["collect", "files", "texts"])
            for delay in [5_000, 40_000, 120_000] {
                let process = try workshop.start(["clean", "--threads", "1"])
                usleep(UInt32(delay))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            #expect(try workshop.run(["clean"]).status == 0)
            let afterwards = try files(workshop)
            #expect(try workshop.run(["clean"]).status == 0)
            #expect(try files(workshop) == afterwards)
            let folder = workshop.folder.appendingPathComponent("data/processed").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names)
        }

        @Test("For programs it is JSON; mistakes of use have 64; too early is 1")
        func json() throws {
            let workshop = try Workshop()
            #expect(try workshop.run(["clean"]).status == 1)
            _ = try workshop.run(["collect", "files", "corpus.txt"])
            let outcome = try workshop.run(["clean", "--json"])
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
            #expect(report["kept"] as? Int == 1)
            for arguments in [
                ["--language", "xx"], ["--near-duplicates", "2"], ["--minimum-words", "-1"],
                ["--unicode", "nfd"], ["--threads", "0"],
            ] {
                #expect(try workshop.run(["clean"] + arguments).status == 64, "\(arguments)")
            }
            #expect(try workshop.run(["clean", "--help"]).output.contains("Examples:"))
        }
    }
}
