import ArgumentParser
import Foundation
import Logging
import MiniGPT
import MiniGPTServer
import MiniPipeline

/// `minigpt serve`: the playground and the endpoints, for the models of a folder.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves models to a browser and to programs.",
        discussion: """
            Opens a page to talk to models and to look inside of them, and answers programs that speak \
            OpenAI's or llama.cpp's language. Only this machine can reach it, unless --host and --token \
            say otherwise.

            Examples:
              minigpt serve
              minigpt serve shakespeare --port 8080
              minigpt serve gpt2.gguf --weights q8_0
              minigpt serve --host 192.168.1.5 --token "$(cat token.txt)"
            """)

    @Argument(
        help: ArgumentHelp(
            "A project, a run, a checkpoint, a Hugging Face directory, a GGUF file, or a folder of them.",
            valueName: "path"))
    var path = "."
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 for any that is free.") var port = 8080
    @Option(help: "What every request must carry as its bearer token.") var token: String?
    @Option(
        help: ArgumentHelp(
            "Pages of this origin may use the server too.", valueName: "origin"))
    var cors: String?
    @Option(help: "How weights are kept in memory: f32, bf16, f16, q8_0 or q4_0.")
    var weights = NumberFormat.float32
    @Option(help: "Texts that are continued at once.") var slots = 8
    @Option(help: "Requests that may wait.") var queue = 64
    @Option(help: "Models that stay in memory.") var models = 2
    @Flag(help: "A line on standard error for every request.") var verbose = false
    @OptionGroup var threads: ThreadOptions

    private var settings: ServerSettings {
        var settings = ServerSettings()
        settings.http.host = host
        settings.http.port = port
        settings.http.token = token
        settings.http.corsOrigin = cors
        settings.weights = weights
        settings.slots = slots
        settings.queue = queue
        settings.models = models
        settings.program = ProgramPath.ofThisProcess
        settings.firstModelCommand = "minigpt run --text FILE"
        return settings
    }

    func validate() throws {
        if let problem = settings.problem { throw ValidationError(problem) }
    }

    func run() async throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw PipelineError(
                "There is nothing at \(path); name a project or a model, or make one with `minigpt run --text FILE`."
            )
        }
        var logger = Logger(label: "minigpt") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .info : .warning
        let (host, path) = (host, path)
        let stop = StopSignal.onInterrupt()
        let (settings, quiet) = (settings, logger)
        let server = threads.run {
            ModelServer(folder: path, settings: settings, logger: quiet)
        }
        do {
            try await server.run(until: stop) { port in
                let name = host.contains(":") ? "[\(host.filter { !"[]".contains($0) })]" : host
                Console().write("Serving \(path) at http://\(name):\(port)\n")
            }
        } catch {
            throw PipelineError("\(host):\(port) cannot be listened on: \(error)")
        }
        if let code = stop.exitCode { throw ExitCode(code) }
    }
}

/// Where the program that runs right now is.
private enum ProgramPath {
    static var ofThisProcess: String? {
        #if os(Linux)
            if let path = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/exe")
            {
                return path
            }
        #endif
        return Bundle.main.executablePath
    }
}
