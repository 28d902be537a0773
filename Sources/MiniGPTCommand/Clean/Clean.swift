import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

extension CleaningScope: ExpressibleByArgument {}
extension HeadingStyle: ExpressibleByArgument {}
extension NormalizationForm: ExpressibleByArgument {}

/// `minigpt clean`: what is worth learning from.
struct Clean: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts the texts in order and drops what is not worth learning from.",
        discussion: """
            Characters and white space are put in order in all documents. Remains of markup and filters \
            of quality concern documents from the web: a file of your own is as you want it. Copies and \
            near copies are dropped wherever they are from.

            data/processed/cleaning.json says what was done, data/processed/dropped.jsonl which \
            documents were dropped and why.

            Examples:
              minigpt clean
              minigpt clean --language en --headings drop
              minigpt clean --filters all --minimum-words 100 --near-duplicates 0.7
              minigpt clean --markup none --filters none --near-duplicates 0
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup(title: "Characters") var characters: CharacterOptions
    @OptionGroup(title: "Documents") var documents: FilterOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    /// What the flags ask for.
    var settings: CleaningSettings {
        var settings = CleaningSettings()
        characters.apply(to: &settings)
        documents.apply(to: &settings)
        return settings
    }

    func run() throws {
        try threads.run { try Self.run(settings, in: project.project, output.output) }
    }

    /// Cleans, shows how far it is, and what came of it.
    static func run(
        _ settings: CleaningSettings, in project: Project, _ output: Output
    ) throws {
        let stop = StopSignal.onInterrupt()
        let console = output.console
        let begin = ContinuousClock.now
        let report = try Cleaner(project, settings: settings).clean(until: stop) { done, total in
            if output.isLive {
                console.replaceLine("\(NumberText.bytes(done)) of \(NumberText.bytes(total))")
            }
        }
        if output.isLive { console.clearLine() }
        guard let report else {
            console.complain("minigpt: Stopped; nothing has changed.")
            throw ExitCode(stop.exitCode ?? 130)
        }
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        try output.show(report, text: CleaningTable(report, seconds: seconds).text)
    }
}

/// What is done to the characters of a text.
struct CharacterOptions: ParsableArguments {
    @Option(name: .customLong("unicode"), help: "The form of Unicode: nfc, nfkc or none.")
    var normalization = NormalizationForm.nfc
    @Option(
        help:
            "The documents in which entities, marks of references, formulas and headings are looked for: web, all or none."
    )
    var markup = CleaningScope.web
    @Option(help: "What becomes of headings like '== History ==': keep, plain or drop.")
    var headings = HeadingStyle.plain

    func apply(to settings: inout CleaningSettings) {
        settings.normalization = normalization
        settings.markup = markup
        settings.headings = headings
    }
}

/// Which documents are kept.
struct FilterOptions: ParsableArguments {
    @Option(
        name: .customLong("language"),
        help: ArgumentHelp(
            "Keep documents in these languages only, with commas between: de, en, es, fr, it, nl, pl, pt, sv; 'unknown' is what is none of these.",
            valueName: "codes"))
    var languages: String?
    @Option(
        help:
            "The documents that must pass the filters of quality: web, all or none. With web, a single document always passes."
    )
    var filters = CleaningScope.web
    @Option(help: "Fewer words are too few.") var minimumWords = QualityBounds().minimumWords
    @Option(
        help: ArgumentHelp(
            "The share of lines that may be there already.", valueName: "share"))
    var repeatedLines = QualityBounds().mostRepeatedLines
    @Option(
        help: ArgumentHelp(
            "Drop documents that share so much with one before them, from 0 to 1; 0 drops none.",
            valueName: "share"))
    var nearDuplicates = CleaningSettings().nearDuplicates
    @Flag(help: "Keep documents with the same text.") var keepDuplicates = false

    private var codes: [String] {
        (languages ?? "").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    }

    func validate() throws {
        let known = CleaningSettings.languages + ["unknown"]
        if let code = codes.first(where: { !known.contains($0) }) {
            throw ValidationError(
                "--language has '\(code)', but can only tell \(known.joined(separator: ", ")).")
        }
        for (name, value) in [
            ("repeated-lines", repeatedLines), ("near-duplicates", nearDuplicates),
        ] where !(value >= 0 && value <= 1) {
            throw ValidationError("--\(name) is \(value), but must be from 0 to 1.")
        }
        guard minimumWords >= 0 else {
            throw ValidationError("--minimum-words is \(minimumWords), but must not be negative.")
        }
    }

    func apply(to settings: inout CleaningSettings) {
        settings.languages = codes
        settings.filters = filters
        settings.quality.minimumWords = minimumWords
        settings.quality.mostRepeatedLines = repeatedLines
        settings.dropsDuplicates = !keepDuplicates
        settings.nearDuplicates = nearDuplicates
    }
}
