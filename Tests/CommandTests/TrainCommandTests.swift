import Foundation
import MiniPipeline
import TestSupport
import Testing

extension Command {
    /// `minigpt prepare` and `minigpt train`, as processes.
    @Suite struct TrainCommandTests {
        private static let small = [
            "train", "--preset", "tiny", "--name", "a", "--iterations", "900", "--dropout", "0.1",
            "--validation-interval", "200", "--sample-every", "100", "--save-every", "5",
        ]

        private func checkpoints(_ workshop: Workshop) -> [String] {
            let folder = workshop.path("runs/a/checkpoints")
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
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

        /// What a training of 900 steps leaves that holds no times.
        private func result(_ workshop: Workshop) throws -> [String: Data] {
            #expect(checkpoints(workshop).last == "step-00000900")
            let names = [
                "checkpoints/step-00000900/model.safetensors",
                "checkpoints/step-00000900/optimizer.safetensors", "samples.jsonl",
                "gradient-norm.svg",
            ]
            var files: [String: Data] = [:]
            for name in names {
                files[name] = try Data(
                    contentsOf: URL(fileURLWithPath: workshop.path("runs/a/\(name)")))
            }
            let rows = try workshop.read("runs/a/metrics.csv").split(separator: "\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false).prefix(5)
                    .joined(separator: ",")
            }
            files["metrics"] = Data(rows.joined(separator: "\n").utf8)
            return files
        }

        @Test func `Killed again and again, or stopped, it ends with the very same files`() throws {
            let whole = try Workshop()
            _ = try Project.withDocuments([Workshop.verses], in: whole.folder)
            let prepared = try whole.run(["prepare"])
            #expect(prepared.status == 0, "\(prepared.errors)")
            #expect(prepared.output.contains("too few documents"))
            let trained = try whole.run(Self.small)
            #expect(trained.status == 0, "\(trained.errors)")
            #expect(trained.output.contains("Bits per byte: "))
            let expected = try result(whole)

            let workshop = try Workshop()
            _ = try Project.prepared(in: workshop.folder)
            var killed = 0
            for _ in 0..<3 {
                let before = checkpoints(workshop)
                let process = try workshop.start(Self.small + ["--resume"])
                wait(for: process) { checkpoints(workshop) != before }
                usleep(UInt32.random(in: 0..<50_000))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                if process.terminationReason == .uncaughtSignal { killed += 1 }
            }
            #expect(killed > 0, "every training had ended before it could be killed")
            let status = try workshop.run(["status"])
            #expect(status.output.contains("Next: minigpt train --resume"), "\(status.output)")
            #expect(status.output.contains("runs/a was interrupted at step "))

            // Name and settings are those of the run.
            let process = try workshop.start(["train", "--resume"])
            let before = checkpoints(workshop)
            wait(for: process) { checkpoints(workshop) != before }
            process.interrupt()
            let stopped = try workshop.finish(process)
            #expect(stopped.status == 130, "\(stopped)")
            #expect(stopped.output.contains("go on with `minigpt train --resume`"))

            let last = try workshop.run(["train", "--resume"])
            #expect(last.status == 0, "\(last.errors)")
            #expect(last.output.contains("Going on from step "))
            let files = try result(workshop)
            for (name, data) in expected { #expect(files[name] == data, "\(name)") }
            #expect(try workshop.run(["status"]).output.contains("Next: minigpt chat"))
        }

        @Test func `Flags are over the file, the file is over the preset`() throws {
            let workshop = try Workshop()
            _ = try Project.prepared(in: workshop.folder)
            try workshop.write("s.yaml", "preset: tiny\niterations: 7\nbatch: 3\nname: mine\n")
            let outcome = try workshop.run(
                ["train", "--config", "s.yaml", "--batch", "2", "--json"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let file = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
            let run = try #require(file as? [String: Any])
            let recipe = try #require(run["recipe"] as? [String: Any])
            #expect(run["name"] as? String == "mine" && run["preset"] as? String == "tiny")
            #expect(recipe["iterations"] as? Int == 7 && recipe["batch"] as? Int == 2)
            #expect(recipe["width"] as? Int == 32)
            #expect(workshop.exists("runs/mine/report.html"))
        }

        @Test func `A dry run and the check of one batch write nothing`() throws {
            let workshop = try Workshop()
            let empty = try workshop.run(["train", "--dry-run", "--preset", "gpt2"])
            #expect(empty.status == 0, "\(empty.errors)")
            #expect(empty.output.contains("124,439,808"))
            _ = try Project.prepared(in: workshop.folder)
            let before = try FileManager.default.subpathsOfDirectory(atPath: workshop.folder.path)
            let dry = try workshop.run(["train", "--dry-run", "--preset", "tiny", "--json"])
            #expect(dry.status == 0 && dry.output.contains("\"operationsPerStep\""))
            let check = ["train", "--overfit-one-batch", "--preset", "tiny", "--iterations"]
            let passed = try workshop.run(check + ["500"])
            #expect(passed.status == 0 && passed.output.hasPrefix("Pass: "), "\(passed)")
            let failed = try workshop.run(check + ["3", "--quiet"])
            #expect(failed.status == 1 && failed.output.hasPrefix("Fail: "))
            #expect(failed.errors.contains("--learning-rate"))
            #expect(
                try FileManager.default.subpathsOfDirectory(atPath: workshop.folder.path)
                    == before)
        }

        private static let mistakes: [(flags: [String], status: Int32, words: String)] = [
            (["--preset", "corse"], 1, "did you mean 'course'?"),
            (["--config", "bad.yaml"], 1, "bad.yaml, line 2: 'hedas' is not a setting"),
            (["--config", "none.yaml"], 1, "none.yaml cannot be read"),
            (["--preset", "tiny", "--heads", "5"], 1, "32 is not divisible by 5"),
            (["--preset", "tiny", "--learning-rate", "nan"], 1, "--learning-rate is nan"),
            (["--iterations", "many"], 64, "--iterations"),
            (["--threads", "0"], 64, "--threads is 0"),
            (["--dry-run", "--overfit-one-batch"], 64, "exclude each other"),
            (["--name", "../x"], 1, "--name is '../x'"),
            (["--layres", "3"], 64, "--layres"),
        ]

        @Test func `What cannot be used is refused in one line, and nothing is written`() throws {
            let workshop = try Workshop()
            try workshop.write("bad.yaml", "layers: 2\nhedas: 2\n")
            let nothing = try workshop.run(["train"])
            #expect(nothing.status == 1 && nothing.errors.contains("minigpt prepare"))
            _ = try Project.prepared(in: workshop.folder)
            for (flags, status, words) in Self.mistakes {
                let outcome = try workshop.run(["train"] + flags)
                #expect(outcome.status == status, "\(flags): \(outcome)")
                #expect(outcome.errors.contains(words), "\(flags): \(outcome.errors)")
                #expect(status == 64 || outcome.errorLines.count == 1, "\(outcome.errors)")
            }
            #expect(!workshop.exists("runs"))
            for command in ["prepare", "train"] {
                let help = try workshop.run([command, "--help"])
                #expect(help.status == 0 && help.output.contains("Examples:"))
            }
        }
    }
}
