import Foundation
import Workloads

/// This program, started again to measure something alone: the peak memory of a process never goes
/// down, so every training run whose memory is reported has a process of its own.
enum Child {
    /// Runs `train --json` with more arguments.
    ///
    /// - Throws: `ChildError` if the child cannot be started, fails, or prints something else.
    static func train(_ arguments: [String]) throws -> TrainingReport {
        guard let executable = Bundle.main.executableURL else { throw ChildError.noExecutable }
        let process = Process()
        let output = Pipe()
        process.executableURL = executable
        process.arguments = ["train", "--json"] + arguments
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ChildError.failed(arguments: arguments, status: process.terminationStatus)
        }
        return try JSONDecoder().decode(TrainingReport.self, from: data)
    }
}

/// Why a run in another process gave no figures.
enum ChildError: Error, CustomStringConvertible {
    case noExecutable
    case failed(arguments: [String], status: Int32)

    var description: String {
        switch self {
        case .noExecutable: "This program's own file was not found, so it cannot start itself."
        case .failed(let arguments, let status):
            "train \(arguments.joined(separator: " ")) ended with status \(status)."
        }
    }
}
