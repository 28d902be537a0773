import ArgumentParser
import Foundation
import MiniPipeline

/// `minigpt doctor`: is everything as it should be here?
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks at this machine, and at whether it computes rightly.",
        discussion: """
            Processor, BLAS, memory, disk, limits, environment and versions are shown; the speed of \
            matrix products, memory and disk is measured. Then the library tests itself: gradients \
            against central differences, vector kernels of every instruction set against double \
            precision, the same bits on one thread and on all, weights in every format, a checkpoint \
            saved and loaded.

            It takes a few seconds and leaves no files. The exit code is 1 if a check fails; a warning \
            means that something works but could be faster. Please put the output into every report \
            of an error.

            Examples:
              minigpt doctor
              minigpt doctor --project shakespeare --json > report.json
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let console = output.console
        let doctor = Doctor(folder: project.project.directory)
        let width = doctor.checks.map(\.name.count).max() ?? 0
        let report = threads.run {
            doctor.examine { finding in
                if !output.json, !output.quiet || finding.diagnosis.state != .good {
                    console.write(Self.line(finding, width: width, console) + "\n")
                }
            }
        }
        if output.json { try output.show(report, text: "") }
        guard report.isHealthy else {
            console.complain("minigpt: \(Self.sentence(report.failures))")
            console.complain("To report this, send the output of `minigpt doctor --json`.")
            throw ExitCode(1)
        }
    }

    private static func line(_ finding: Finding, width: Int, _ console: Console) -> String {
        let (diagnosis, name) = (finding.diagnosis, finding.name)
        let mark =
            switch diagnosis.state {
            case .good: console.colored("✓", 32)
            case .warning: console.colored("!", 33)
            case .failure: console.colored("✗", 31)
            }
        let title = name.padding(toLength: width, withPad: " ", startingAt: 0)
        let flag = diagnosis.setting.map { " (\($0.flag))" } ?? ""
        let remedy = diagnosis.remedy.map { $0 + flag }.map {
            "\n" + String(repeating: " ", count: width + 5) + console.colored($0, 33)
        }
        return "\(mark)  \(title)  \(diagnosis.detail)\(remedy ?? "")"
    }

    private static func sentence(_ failures: [String]) -> String {
        failures.count == 1
            ? "The check \"\(failures[0])\" failed; see what it says above."
            : "\(failures.count) checks failed (\(failures.joined(separator: ", "))); see what they say above."
    }
}
