import ArgumentParser
import MiniPipeline

/// `minigpt collect files`
struct CollectFiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files",
        abstract: "Text files, and all of those in folders.",
        discussion: """
            Each file is a document. Folders are looked into with all folders in them, in alphabetical \
            order; hidden files are passed over, and those that are not UTF-8 text are named and left \
            out.

            Examples:
              minigpt collect files shakespeare.txt
              minigpt collect files letters/ essays/ --license "my own" --replace
            """)

    @Argument(help: "Files and folders.") var paths: [String]
    @Option(help: "The terms they are offered under.") var license: String?
    @Option(help: "What is larger than so many megabytes is left out.") var largest = 1000

    @OptionGroup var options: CollectionOptions

    func validate() throws {
        guard (1...100_000).contains(largest) else {
            throw ValidationError(
                "--largest is \(largest), but must be from 1 to 100000 megabytes.")
        }
    }

    /// What the flags ask for.
    var request: CollectionRequest {
        options.request(FileSource(paths, license: license, largestFile: largest * 1_000_000))
    }

    func run() async throws { try await options.run(request) }
}
