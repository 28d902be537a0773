import Foundation
import Testing

/// How a run of a program ended.
package struct Outcome {
    package let status: Int32
    package let output: String
    package let errors: String

    /// What went wrong, without the word of advice that the environment can cause.
    package var errorLines: [String] {
        errors.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("Hint: ") }
    }
}

/// A folder of its own in which a built program runs; removed with the last reference.
package final class Workshop {
    package let folder: URL
    private let name: String

    /// A folder with a small `corpus.txt`.
    ///
    /// - Parameter name: the program that runs in it.
    package init(_ name: String) throws {
        self.name = name
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("minigpt-example-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write("corpus.txt", Self.verses)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// 2,300 characters to learn from.
    package static let verses = String(
        repeating: "The mill goes round, the water sings,\nThe miller dreams of other things.\n\n",
        count: 30)

    package func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    package func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path(name))
    }

    package func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

    package func write(_ name: String, _ data: Data) throws {
        let url = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    package func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    /// The steps in a `metrics.jsonl`.
    package func metrics(_ name: String) throws -> [[String: Any]] {
        try read(name).split(separator: "\n").map { line in
            try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                "not an object: \(line)")
        }
    }

    /// Starts the program in this folder.
    package func start(
        _ arguments: [String], program: URL? = nil, environment: [String: String] = [:],
        input: String? = nil
    ) throws -> Process {
        let process = Process()
        process.executableURL = try program ?? Self.program(name)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        var variables = ProcessInfo.processInfo.environment
        // No test may touch the cache of whoever runs it.
        variables["XDG_CACHE_HOME"] = path("cache")
        variables.merge(environment) { $1 }
        process.environment = variables
        // Files, not pipes: nobody has to empty them meanwhile.
        try write("stdout", "")
        try write("stderr", "")
        process.standardInput = FileHandle.nullDevice
        if let input {
            try write("stdin", input)
            process.standardInput = try FileHandle(
                forReadingFrom: folder.appendingPathComponent("stdin"))
        }
        let output: FileHandle = try #require(FileHandle(forWritingAtPath: path("stdout")))
        let errors: FileHandle = try #require(FileHandle(forWritingAtPath: path("stderr")))
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        return process
    }

    /// Waits for the end; a program that hangs is ended, and fails the test.
    package func finish(_ process: Process) throws -> Outcome {
        var patience = 12_000
        while process.isRunning, patience > 0 {
            usleep(10_000)
            patience -= 1
        }
        if process.isRunning {
            process.terminate()
            usleep(100_000)
            process.terminate()  // the second signal ends it at once
            Issue.record("The program did not end: \(process.arguments ?? [])")
        }
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: try read("stdout"),
            errors: try read("stderr"))
    }

    /// Runs the program to its end.
    package func run(
        _ arguments: [String], program: URL? = nil, environment: [String: String] = [:],
        input: String? = nil
    ) throws -> Outcome {
        try finish(
            start(arguments, program: program, environment: environment, input: input))
    }

    /// A program that was built together with these tests.
    package static func program(_ name: String) throws -> URL {
        final class Here {}
        let candidates = [
            Bundle(for: Here.self).bundleURL, Bundle.main.bundleURL,
            URL(fileURLWithPath: CommandLine.arguments[0]),
        ]
        // Beside the test bundle; on some systems that is the folder itself, on others a file in it.
        for start in candidates {
            var folder = start
            for _ in 0..<5 {
                let program = folder.appendingPathComponent(name)
                if FileManager.default.isExecutableFile(atPath: program.path),
                    (try? program.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile
                        == true
                {
                    return program
                }
                folder.deleteLastPathComponent()
            }
        }
        throw Missing(searched: candidates)
    }

    private struct Missing: Error {
        let searched: [URL]
    }
}
