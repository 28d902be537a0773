import Foundation
import TestSupport
import Testing

extension Command {
    @Suite("minigpt doctor")
    struct DoctorCommandTests {
        @Test("A machine that works passes, as JSON with every check, and no file is left")
        func healthy() throws {
            let workshop = try Workshop()
            let before = try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path)
            let outcome = try workshop.run(["doctor", "--json"])
            #expect(outcome.status == 0, "\(outcome.output)")
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
            let findings = try #require(report["findings"] as? [[String: Any]])
            let names = findings.compactMap { $0["name"] as? String }
            for name in [
                "versions", "processor", "kernels", "matrix products", "memory", "memory speed",
                "disk", "threads and limits", "environment", "kernels portable",
                "gradients of operations", "gradients of a GPT", "same bits on all threads",
                "formats of weights", "checkpoints",
            ] {
                #expect(names.contains(name), "\(name)")
            }
            let after = try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path)
            #expect(
                Set(after).subtracting(["stdout", "stderr"])
                    == Set(before).subtracting(["stdout", "stderr"]))
        }

        @Test(
            "A folder that cannot be written fails the check of the disk, with what to do and code 1"
        )
        func failing() throws {
            let outcome = try Workshop().run(["doctor", "--project", "/proc/self", "--quiet"])
            #expect(outcome.status == 1)
            #expect(outcome.output.contains("✗  disk") && outcome.output.contains("--project"))
            #expect(outcome.errors.contains("disk"))
        }

        @Test(
            "Kernels and BLAS that are held back are told, and the self-test still passes with them"
        )
        func heldBack() throws {
            let outcome = try Workshop().run(
                ["doctor", "--threads", "1"],
                environment: ["MINIGPT_KERNELS": "portable", "OPENBLAS_CORETYPE": "Prescott"])
            #expect(outcome.status == 0, "\(outcome.output)")
            #expect(outcome.output.contains("OPENBLAS_CORETYPE=Prescott"))
            #expect(outcome.output.contains("!  environment"))
            #expect(!outcome.output.contains("\u{1B}"))
        }

        @Test("Help has examples")
        func help() throws {
            let outcome = try Workshop().run(["doctor", "--help"])
            #expect(outcome.status == 0 && outcome.output.contains("Examples:"))
        }
    }
}
