import ArgumentParser
import Foundation
import MiniPipeline

/// `minigpt run`: the whole way with one command.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Goes the whole way: collects, cleans, trains a tokenizer and a model, lets it speak.",
        discussion: """
            It gives the commands of the single stages one after the other and shows each. What was \
            done before by the same command, and whose files stand, is not done again: after a break \
            the same `minigpt run` goes on where it was.

            Without --preset the model is chosen by the length of the text: the course's, which learns \
            words of 5,000 pieces, from half a megabyte on; below that one that learns letters.

            Examples:
              minigpt run --text book.txt
              minigpt run --text book.txt --preset course --iterations 300 --project shakespeare
              minigpt run --category Physics --limit 200 --contact me@example.org
              minigpt run --category Physique --language fr --contact me@example.org
            """)

    @Option(help: "A text file or a folder of them; may be given several times.")
    var text: [String] = []
    @Option(help: "Articles of this category of Wikipedia.") var category: String?
    @Option(help: "Which Wikipedia: en, fr, de …") var language = "en"
    @Option(parsing: .unconditional, help: "At most so many articles.") var limit = 100
    @Option(help: "Whom Wikipedia's servers can turn to: an address of mail or of a page.")
    var contact: String?
    @Option(
        help: ArgumentHelp(
            "The API of another MediaWiki; LANG in it stands for the language.", valueName: "url"))
    var apiURL: String?
    @Option(
        help: ArgumentHelp(
            "At least so long between two questions to a server.", valueName: "seconds"))
    var interval: Double?
    @Option(
        help: ArgumentHelp(
            "How long to wait after a failure; then twice as long.", valueName: "seconds"))
    var retryWait: Double?

    @Option(
        help: ArgumentHelp(
            "How the model is made: \(Preset.allCases.map(\.rawValue).joined(separator: ", ")). "
                + "(default: by the length of the text)",
            valueName: "preset"))
    var preset: String?
    @Option(parsing: .unconditional, help: "How many steps to train. (default: the preset's)")
    var iterations: Int?
    @Option(parsing: .unconditional, help: "The tokenizer's vocabulary. (default: the preset's)")
    var vocabulary: Int?
    @Option(help: "The name of the run. (default: the preset's)") var name: String?
    @Option(parsing: .unconditional, help: "Decides the first weights, examples and samples.")
    var seed: UInt64?
    @Option(help: "What the model continues at the end.") var prompt = ""
    @Option(parsing: .unconditional, help: "How many tokens it says at the end.") var tokens = 200

    @OptionGroup var options: ProjectOptions
    @OptionGroup var threads: ThreadOptions
    @Flag(help: "Nothing but results and errors.") var quiet = false

    func validate() throws {
        guard text.isEmpty || category == nil else {
            throw ValidationError("Give --text or --category, not both.")
        }
        for (name, value) in [
            ("limit", limit), ("iterations", iterations ?? 1), ("vocabulary", vocabulary ?? 1),
            ("tokens", tokens),
        ] where value < 1 {
            throw ValidationError("--\(name) is \(value), but must be at least 1.")
        }
    }

    // A training keeps the main thread busy; Ctrl-C comes in on another.
    @MainActor
    func run() async throws {
        let path = try path()
        let project = options.project
        if let collection = path.collection {
            try await perform(collection)
        } else if try !project.state(of: .collect).isUsable {
            throw PipelineError(
                "There is no text in \(project.directory.path) yet: name one with --text, or a category of Wikipedia with --category."
            )
        }
        try await perform(path.cleaning)
        let size = try? project.text(of: .clean).resourceValues(forKeys: [.fileSizeKey]).fileSize
        for step in path.steps(forTextOf: size ?? 0) { try await perform(step) }

        var sample = ["generate", "--tokens", "\(tokens)"]
        if !prompt.isEmpty { sample += ["--prompt", prompt] }
        if let seed { sample += ["--seed", "\(seed)"] }
        if quiet { sample += ["--quiet"] }
        try await execute(sample)
        tell("\nNext: minigpt chat, or minigpt status")
    }

    private func path() throws -> WholePath {
        var path = WholePath()
        if let category {
            path.origin = .category(category, language: language, limit: limit)
            for (flag, value) in [
                ("--contact", contact), ("--api-url", apiURL),
                ("--interval", interval.map { "\($0)" }),
                ("--retry-wait", retryWait.map { "\($0)" }),
            ] {
                if let value { path.collecting += [flag, value] }
            }
        } else if !text.isEmpty {
            // The stages look for files from where they stand, not from the project's directory.
            path.origin = .files(text.map { URL(fileURLWithPath: $0).path })
        }
        path.preset = try preset.map { try Preset(named: $0) }
        path.iterations = iterations
        path.vocabularySize = vocabulary
        path.name = name
        path.seed = seed
        return path
    }

    /// Gives the command of a step, unless it is done.
    private func perform(_ step: WholePath.Step) async throws {
        var words = step.arguments
        switch try options.project.need(of: step) {
        case .nothing:
            tell("\(step.commandLine): done before")
            return
        case .start:
            // What an earlier path collected is not part of this one.
            if step.stage == .collect { words.append("--replace") }
        case .goOn:
            if step.stage == .train { words.append("--resume") }
            if step.stage == .collect { words.append("--replace") }
        }
        try options.project.begin(step)
        try await execute(words)
    }

    /// Runs a command of this program.
    private func execute(_ words: [String]) async throws {
        tell("\n$ minigpt \(words.joined(separator: " "))")
        var all = words
        if options.path != "." { all += ["--project", options.path] }
        if let threads = threads.threads, ["train", "generate", "tokenizer"].contains(words[0]) {
            all += ["--threads", "\(threads)"]
        }
        if quiet, words[0] != "generate" { all.append("--quiet") }
        var command = try MiniGPTCommand.parseAsRoot(all)
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            try command.run()
        }
    }

    private func tell(_ line: String) {
        if !quiet { Console().write(line + "\n") }
    }
}
