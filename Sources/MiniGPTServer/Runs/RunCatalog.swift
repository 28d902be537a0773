import Foundation
import Logging
import MiniPipeline

/// The trainings of a project, and the processes of those that were started from here.
///
/// A training is `minigpt run` in a process of its own: it cannot slow down or end the server, and
/// goes on as one that was started from a terminal would.
actor RunCatalog {
    private let project: Project?
    private let program: String?
    private let logger: Logger
    private var processes: [String: Process] = [:]

    init(project: Project?, program: String?, logger: Logger) {
        self.project = project
        self.program = program
        self.logger = logger
    }

    /// Whether a run can be started: in a project, and one at a time.
    var canStart: Bool { project != nil && program != nil && !isTraining }

    private var isTraining: Bool { processes.values.contains { $0.isRunning } }

    /// A run's process, if it was started from here, as it stands now.
    struct Started: Sendable {
        var isRunning: Bool
        /// Whether it ended by itself before its time; one that was asked to stop did not fail.
        var hasFailed: Bool
    }

    func started(_ name: String) -> Started? {
        guard let process = processes[name] else { return nil }
        if process.isRunning { return Started(isRunning: true, hasFailed: false) }
        let hasEnded =
            process.terminationReason == .exit
            && Self.endings.contains(process.terminationStatus)
        return Started(isRunning: false, hasFailed: !hasEnded)
    }

    /// Exit codes of a run that was finished, or stopped by SIGINT or SIGTERM.
    private static let endings: Set<Int32> = [0, 130, 143]

    /// All runs, by name.
    func runs() -> [RunRecord] {
        guard let project else { return [] }
        let files = FileManager.default
        let names = ((try? files.contentsOfDirectory(atPath: project.runs.path)) ?? []).sorted()
        return names.map { RunRecord(folder: project.runs.appendingPathComponent($0)) }
            .filter { $0.exists }
    }

    /// A run by its name, which must be one of the list.
    func run(_ name: String) throws(RunError) -> RunRecord {
        guard let run = runs().first(where: { $0.name == name }) else {
            throw .unknown
        }
        return run
    }

    // MARK: Starting and stopping

    /// What a run is started with.
    struct Order: Sendable {
        var text: String
        var name: String
        var preset: String
        var iterations: Int?
    }

    /// Names of runs: letters, digits and dashes.
    static func isName(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count) && !text.hasPrefix("-")
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                    || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x5F
            }
    }

    /// Starts the program itself, with an argument for each part of the order and no shell.
    func start(_ order: Order) throws(RunError) {
        guard let project, let program else {
            throw .cannotStart
        }
        guard !isTraining else {
            throw .isTraining
        }
        guard !runs().contains(where: { $0.name == order.name }) else {
            throw .nameTaken(order.name)
        }
        let folder = project.url("data/page")
        let file = folder.appendingPathComponent("\(order.name).txt")
        let process = Process()
        do {
            try project.create(folder)
            try Data(order.text.utf8).write(to: file, options: .atomic)
            let log = folder.appendingPathComponent("\(order.name).log")
            try Data().write(to: log)
            let output = try FileHandle(forWritingTo: log)
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = [
                "run", "--project", project.directory.path, "--text", file.path,
                "--name", order.name, "--preset", order.preset,
            ]
            if let iterations = order.iterations {
                process.arguments?.append(contentsOf: ["--iterations", "\(iterations)"])
            }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = output
            try process.run()
            try output.close()
        } catch {
            logger.error("A run cannot be started", metadata: ["reason": "\(error)"])
            throw .notStarted
        }
        processes[order.name] = process
        logger.info("Started a run", metadata: ["run": "\(order.name)"])
    }

    /// Asks a run that was started here to save and stop.
    func stop(_ name: String) throws(RunError) {
        guard let process = processes[name], process.isRunning else {
            throw .cannotStop
        }
        process.terminate()
    }

    /// Asks all runs that were started here to save and stop.
    func stopAll() {
        for process in processes.values where process.isRunning { process.terminate() }
    }

    /// Why a run that was started here failed: the end of what it wrote.
    func lastWords(_ name: String) -> String? {
        guard let project, started(name)?.hasFailed == true else { return nil }
        let log = project.url("data/page/\(name).log")
        guard let data = try? Data(contentsOf: log) else { return nil }
        let lines = String(decoding: data.suffix(2_000), as: UTF8.self).split(separator: "\n")
        return lines.suffix(8).joined(separator: "\n")
    }
}
