import Foundation
import TestSupport
import Testing

extension Example {
    /// Trainings that are killed, stopped and taken up again, as processes.
    @Suite struct CheckpointRunTests {
        /// A training of about a second that saves whenever the writer is free.
        private static let flags =
            Workshop.small + [
                "--corpus", "corpus.txt", "--iterations", "1500", "--validation-interval", "400",
                "--dropout", "0.1", "--save-every", "3",
            ]
        private static let kills =
            ProcessInfo.processInfo.environment["MINIGPT_KILLS"].flatMap { Int($0) } ?? 5

        private func checkpoints(_ workshop: Workshop, _ folder: String) -> [String] {
            let names = try? FileManager.default.contentsOfDirectory(atPath: workshop.path(folder))
            return (names ?? []).filter { $0.hasPrefix("step-") }.sorted()
        }

        /// Waits until `condition` holds or the process ends.
        private func wait(for process: Process, until condition: () -> Bool) {
            var patience = 60_000
            while patience > 0, process.isRunning, !condition() {
                usleep(1_000)
                patience -= 1
            }
        }

        /// The files of the last checkpoint that hold numbers, and what else a run left.
        private func result(_ workshop: Workshop, _ out: String, _ folder: String) throws -> [Data]
        {
            let last = try #require(checkpoints(workshop, folder).last)
            #expect(last == "step-00001500")
            let names = ["model.safetensors", "optimizer.safetensors", "tokenizer.json"]
            return try names.map {
                try Data(contentsOf: URL(fileURLWithPath: workshop.path("\(folder)/\(last)/\($0)")))
            } + [Data(try workshop.read("\(out)/sample.txt").utf8)]
        }

        /// The losses of all steps, to the last digit.
        private func losses(_ workshop: Workshop, _ out: String) throws -> [[Substring]] {
            try workshop.read("\(out)/metrics.csv").split(separator: "\n").map {
                Array($0.split(separator: ",", omittingEmptySubsequences: false).prefix(3))
            }
        }

        @Test func `A training killed again and again ends with the very same weights and losses`()
            throws
        {
            let workshop = try Workshop()
            let whole = try workshop.run(
                Self.flags + ["--out", "whole", "--checkpoints", "whole/checkpoints"])
            #expect(whole.status == 0, "\(whole.errors)")

            var generator = SystemRandomNumberGenerator()
            var killed = 0
            let arguments = Self.flags + ["--out", "killed", "--resume"]
            for _ in 0..<Self.kills {
                let before = checkpoints(workshop, "killed/checkpoints")
                let process = try workshop.start(arguments)
                wait(for: process) { checkpoints(workshop, "killed/checkpoints") != before }
                usleep(UInt32.random(in: 0..<100_000, using: &generator))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                if process.terminationReason == .uncaughtSignal { killed += 1 }
            }
            #expect(killed > 0, "every training had ended before it could be killed")
            let outcome = try workshop.run(arguments)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(!outcome.output.contains("Passed over"), "\(outcome.output)")
            #expect(
                try result(workshop, "killed", "killed/checkpoints")
                    == result(workshop, "whole", "whole/checkpoints"))
            #expect(try losses(workshop, "killed") == losses(workshop, "whole"))
            #expect(try workshop.metrics("killed/metrics.jsonl").count == 1_500)
        }

        @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
        func `A signal saves the step it stops after; the next run goes on from there`(
            _ number: Int32, _ status: Int32
        ) throws {
            let workshop = try Workshop()
            let whole = try workshop.run(
                Self.flags + ["--out", "whole", "--checkpoints", "whole/checkpoints"])
            #expect(whole.status == 0, "\(whole.errors)")
            let arguments =
                Self.flags + [
                    "--out", "out", "--checkpoints", "here", "--save-every", "0",
                ]
            let process = try workshop.start(arguments)
            wait(for: process) {
                (try? workshop.read("out/metrics.csv").split(separator: "\n").count) ?? 0 > 3
            }
            kill(process.processIdentifier, number)
            let stopped = try workshop.finish(process)
            #expect(stopped.status == status && process.terminationReason == .exit)
            let name = try #require(checkpoints(workshop, "here").last)
            #expect(stopped.output.contains("saved in \(workshop.path("here"))/\(name)"))

            let outcome = try workshop.run(arguments + ["--resume"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("Going on from step \(Int(name.dropFirst(5)) ?? 0)"))
            #expect(
                try result(workshop, "out", "here")
                    == result(workshop, "whole", "whole/checkpoints")
            )
            #expect(try losses(workshop, "out") == losses(workshop, "whole"))
        }

        @Test func `Without a flag for it nothing is saved`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "corpus.txt", "--out", "out"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(
                try workshop.listing() == [
                    "corpus.txt", "out", "out/metrics.jsonl", "out/metrics.csv", "out/loss.svg",
                    "out/sample.txt",
                ])
        }

        @Test func `Other flags and other checkpoints are refused, unless the user insists`() throws
        {
            let workshop = try Workshop()
            let arguments =
                Workshop.small + [
                    "--corpus", "corpus.txt", "--out", "out", "--checkpoints", "here",
                ]
            let first = try workshop.run(arguments + ["--resume"])
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.output.contains("starting from the beginning"))

            let again = try workshop.run(arguments)
            #expect(again.status == 1 && again.errorLines.count == 1)
            #expect(again.errors.contains("--resume") && again.errors.contains("/here"))

            let changed = ["--batch", "6", "--iterations", "30"]
            let other = try workshop.run(arguments + changed + ["--resume"])
            #expect(other.status == 1 && other.errorLines.count == 1)
            for words in [
                "the batch size was 4 and is 6 now", "total: 20", "total: 30", "--allow-changes",
            ] {
                #expect(other.errors.contains(words), "'\(words)' in: \(other.errors)")
            }
            let allowed = try workshop.run(arguments + changed + ["--resume", "--allow-changes"])
            #expect(allowed.status == 0, "\(allowed.errors)")
            #expect(allowed.output.contains("the batch size was 4 and is 6 now"))
            #expect(try workshop.metrics("out/metrics.jsonl").count == 30)

            let narrow = try workshop.run(
                arguments + ["--width", "16", "--resume", "--allow-changes"])
            #expect(narrow.status == 1)
            #expect(narrow.errors.contains("the width was 32 and is 16 now"))
        }

        @Test func `Two trainings do not write into one folder`() throws {
            let workshop = try Workshop()
            let arguments =
                Workshop.small + [
                    "--corpus", "corpus.txt", "--out", "out", "--checkpoints", "here",
                    "--iterations",
                    "10000000",
                ]
            let process = try workshop.start(arguments)
            wait(for: process) { workshop.exists("out/metrics.csv") }
            let other = try Workshop()
            let second = try other.run(
                Workshop.small + [
                    "--corpus", "corpus.txt", "--checkpoints", workshop.path("here"), "--resume",
                ])
            #expect(second.status == 1 && second.errorLines.count == 1)
            #expect(second.errors.contains("process \(process.processIdentifier)"))
            process.interrupt()
            #expect(try workshop.finish(process).status == 130)
        }
    }
}
