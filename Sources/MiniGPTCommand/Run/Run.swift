import ArgumentParser
import Foundation
import MiniGPT
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
    @Option(help: "An article of Wikipedia; may be given several times.") var title: [String] = []
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
        guard [!text.isEmpty, category != nil, !title.isEmpty].count(where: { $0 }) <= 1 else {
            throw ValidationError("Give one of --text, --category and --title.")
        }
        for (name, value) in [
            ("limit", limit), ("iterations", iterations ?? 1), ("vocabulary", vocabulary ?? 1),
            ("tokens", tokens),
        ] where value < 1 {
            throw ValidationError("--\(name) is \(value), but must be at least 1.")
        }
        if let name { try checkingSettings { () throws(PipelineError) in try RunName.check(name) } }
        if category != nil || !title.isEmpty {
            try CollectWikipedia.check(language: language)
            _ = try encyclopedia(.random)
        }
    }

    // A training keeps the main thread busy; Ctrl-C comes in on another.
    @MainActor
    func run() async throws {
        let (plan, project) = (try plan(), options.project)
        if plan.collection == nil, try !project.state(of: .collect).isUsable {
            throw PipelineError(
                "There is no text in \(project.directory.path) yet: name one with --text, or articles of Wikipedia with --category or --title."
            )
        }
        try await plan.run(in: project) { request in
            tell("\(line(request.words)): done before")
        } performing: { request in
            tell("\n$ \(line(request.words))")
            try await perform(request, in: project)
        }
        try sample(from: project)
        tell("\nNext: minigpt chat, or minigpt status")
    }

    /// What the flags ask for.
    func plan() throws -> RunPlan {
        var plan = RunPlan()
        if let category {
            plan.collection = try encyclopedia(.category(category, depth: 0))
        } else if !title.isEmpty {
            plan.collection = try encyclopedia(.titles(title))
        } else if !text.isEmpty {
            // The command may be given again from another folder.
            let paths = text.map { URL(fileURLWithPath: $0).path }
            plan.collection = CollectionRequest(FileSource(paths, largestFile: 1_000_000_000))
        }
        plan.preset = try preset.map { try Preset(named: $0) }
        plan.iterations = iterations
        plan.vocabularySize = vocabulary
        plan.name = name
        plan.seed = seed
        return plan
    }

    private func encyclopedia(_ selection: WikipediaSource.Selection) throws -> CollectionRequest {
        let address = apiURL ?? WikipediaSource.wikipedia
        var limit = limit
        if case .titles(let titles) = selection { limit = titles.count }
        var request = CollectionRequest(
            WikipediaSource(selection, limit: limit, language: language, address: address),
            contact: try CollectWikipedia.knownContact(contact, address: address))
        if let interval { request.pace.interval = interval }
        if let retryWait { request.pace.firstWait = retryWait }
        return request
    }

    /// Runs a stage as its own command does.
    private func perform(_ request: StageRequest, in project: Project) async throws {
        let output = Output(quiet: quiet)
        switch request {
        case .collect(let request):
            try await Collect.run(request, in: project, output)
        case .clean(let settings):
            try threads.run { try Clean.run(settings, in: project, output) }
        case .tokenizer(var training):
            training.threads = threads.threads
            try TokenizerTrain.run(training, in: project, output)
        case .prepare(let preparation):
            try threads.run { try Prepare.run(preparation, in: project, output) }
        case .train(let request):
            try threads.run { try Train.run(request, in: project, output) }
        }
    }

    /// Lets the model speak.
    private func sample(from project: Project) throws {
        var words = ["generate", "--tokens", "\(tokens)"]
        if !prompt.isEmpty { words += ["--prompt", prompt] }
        if let seed { words += ["--seed", "\(seed)"] }
        tell("\n$ \(line(words))")
        let source = try ModelSource.open(project.modelPath(nil), Console())
        var options = GenerationOptions(maximumTokens: tokens, seed: seed ?? 1337)
        options.stopTokens.formUnion(source.endTokens)
        options.context = .slide()
        let writer = ContinuationWriter(
            source: source, options: options, chain: try .llamaCpp(),
            output: Output(quiet: quiet))
        try threads.run { try writer.write(prompt, until: .onInterrupt()) }
    }

    /// A command of this program as a person would type it.
    private func line(_ words: [String]) -> String {
        let place = options.path == "." ? [] : ["--project", options.path]
        return (["minigpt"] + words + place).map(\.shellWord).joined(separator: " ")
    }

    private func tell(_ line: String) {
        if !quiet { Console().write(line + "\n") }
    }
}
