import Foundation
import TestSupport
import Testing

extension Example {
    @Suite struct BadInputTests {
        /// Flags that cannot be used, and what the sentence about them must contain.
        struct Mistake: Sendable, CustomTestStringConvertible {
            let flags: [String]
            let words: [String]

            init(_ flags: String..., says words: [String]) {
                self.flags = flags
                self.words = words
            }

            var testDescription: String { flags.joined(separator: " ") }
        }

        static let corpora = [
            Mistake("--corpus", "empty.txt", says: ["empty.txt", "0 bytes"]),
            // 90 % of 100 characters are for training.
            Mistake("--corpus", "short.txt", says: ["short.txt", "100", "10", "16", "17"]),
            Mistake(
                "--corpus", "latin1.txt", says: ["latin1.txt", "UTF-8", "byte 3 of 7", "0xe9"]),
            Mistake("--corpus", "missing.txt", says: ["missing.txt", "no such file"]),
            Mistake("--corpus", ".", says: ["folder"]),
            Mistake("--corpus", "corpus.txt", "--context", "5000", says: ["corpus.txt", "5000"]),
        ]

        static let flags = [
            Mistake("--width", "30", "--heads", "4", says: ["30", "4", "divisible"]),
            Mistake("--iterations", "0", says: ["--iterations", "0", "at least 1"]),
            Mistake("--iterations", "-1", says: ["--iterations", "-1", "at least 1"]),
            Mistake("--learning-rate", "nan", says: ["--learning-rate", "nan", "finite"]),
            Mistake("--learning-rate", "-0.5", says: ["--learning-rate", "-0.5", "above 0"]),
            Mistake(
                "--minimum-learning-rate", "1", says: ["--minimum-learning-rate", "1.0", "0.001"]),
            Mistake("--dropout", "1", says: ["dropout", "1.0", "below 1"]),
            Mistake("--batch", "0", says: ["--batch", "0", "from 1"]),
            Mistake("--layers", "0", says: ["layers", "0", "from 1"]),
            Mistake("--beta2", "1", says: ["--beta2", "1.0", "below 1"]),
            Mistake("--clip", "-1", says: ["--clip", "-1.0"]),
            Mistake("--temperature", "inf", says: ["--temperature", "inf", "finite"]),
            Mistake("--threads", "0", says: ["--threads", "0", "at least 1"]),
            Mistake("--keep", "0", says: ["--keep", "0", "at least 1"]),
            Mistake("--save-every", "-1", says: ["--save-every", "-1", "0 (never)"]),
            Mistake("--save-seconds", "inf", says: ["--save-seconds", "inf", "finite"]),
            Mistake("--prompt", "Thé", says: ["--prompt", "é", "character 2", "corpus.txt"]),
            Mistake("--width", "16777216", "--layers", "16777216", says: ["GB", "--width"]),
        ]

        /// What is wrong is said in one line, and nothing is left behind.
        private func expectRefusal(_ mistake: Mistake, _ arguments: [String]) throws {
            let workshop = try Workshop()
            try workshop.write("empty.txt", "")
            try workshop.write("short.txt", String(repeating: "0123456789", count: 10))
            try workshop.write("latin1.txt", Data([0x63, 0x61, 0x66, 0xE9, 0x20, 0x61, 0x75]))
            let before = try workshop.listing()
            let outcome = try workshop.run(Workshop.small + arguments + ["--out", "a/new/folder"])
            #expect(outcome.status == 1)
            #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
            #expect(outcome.errors.hasPrefix("Error: "))
            for word in mistake.words {
                #expect(outcome.errors.contains(word), "'\(word)' in: \(outcome.errors)")
            }
            #expect(outcome.output == "")
            #expect(try workshop.listing() == before)
        }

        @Test(arguments: corpora)
        func `A corpus that cannot be used is refused by name`(_ mistake: Mistake) throws {
            try expectRefusal(mistake, mistake.flags)
        }

        @Test(arguments: flags)
        func `A flag that cannot be used is refused with its value`(_ mistake: Mistake) throws {
            try expectRefusal(mistake, ["--corpus", "corpus.txt"] + mistake.flags)
        }

        @Test func `An output folder below a file is refused`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "corpus.txt", "--out", "corpus.txt/folder/below"])
            #expect(outcome.status == 1)
            #expect(outcome.errorLines.count == 1)
            #expect(outcome.errors.contains("--out corpus.txt/folder/below"))
            #expect(outcome.errors.contains("is a file"))
            #expect(try workshop.read("corpus.txt") == Workshop.verses)
        }

        @Test func `A file that cannot be replaced is found before training`() throws {
            let workshop = try Workshop()
            try workshop.write("out/loss.svg/keep", "a folder where a file should be")
            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "corpus.txt", "--out", "out"])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("out/loss.svg"))
            #expect(!workshop.exists("out/metrics.jsonl"))
        }

        @Test(.enabled(if: geteuid() != 0, "root may write anywhere"))
        func `An output folder without permission is refused`() throws {
            let workshop = try Workshop()
            try workshop.write("closed/file", "")
            let closed = workshop.path("closed")
            try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: closed)
            defer {
                try? FileManager.default.setAttributes(
                    [.posixPermissions: 0o755], ofItemAtPath: closed)
            }
            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "corpus.txt", "--out", "closed/out"])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("no permission to write in \(closed)"))
        }

        @Test func `A word that is no number is refused by the parser`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(["--corpus", "corpus.txt", "--iterations", "many"])
            #expect(outcome.status == 64)
            #expect(outcome.errors.contains("'many'") && outcome.errors.contains("--iterations"))
            #expect(!workshop.exists("runs"))
        }

        @Test func `A program without its play beside it says so`() throws {
            let workshop = try Workshop()
            let moved = workshop.folder.appendingPathComponent("moved/TrainShakespeare")
            try workshop.write("moved/placeholder", "")
            try FileManager.default.copyItem(at: Workshop.program("TrainShakespeare"), to: moved)
            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "bundled", "--out", "out"], program: moved)
            #expect(outcome.status == 1)
            #expect(outcome.errorLines.count == 1)
            #expect(outcome.errors.contains("the-glass-crown.txt"))
            #expect(outcome.errors.contains("--corpus FILE"))
            #expect(!workshop.exists("out"))
        }
    }
}

extension Workshop {
    /// All files and folders but those that catch what the program prints.
    func listing() throws -> Set<String> {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return Set(paths).subtracting(["stdout", "stderr"])
    }
}
