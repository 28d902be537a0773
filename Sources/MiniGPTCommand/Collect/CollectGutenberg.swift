import ArgumentParser
import MiniPipeline

/// `minigpt collect gutenberg`
struct CollectGutenberg: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gutenberg",
        abstract: "Books of Project Gutenberg by their numbers.",
        discussion: """
            The number is the one in the address of a book: https://www.gutenberg.org/ebooks/11. What \
            the project puts before and after the text is taken off. Most of the books are free in the \
            USA; in other countries look before you pass them on.

            For many books use a mirror, as https://www.gutenberg.org/policy/robot_access.html asks for.

            Examples:
              minigpt collect gutenberg 11
              minigpt collect gutenberg 1342 84 100 --base-url https://gutenberg.pglaf.org
            """)

    @Argument(help: "The numbers of the books.") var books: [Int]
    @Option(help: ArgumentHelp("Where they are: a mirror.", valueName: "url"))
    var baseURL = GutenbergSource.gutenberg

    @OptionGroup var network: NetworkOptions
    @OptionGroup var options: CollectionOptions

    func validate() throws {
        if let book = books.first(where: { !(1...10_000_000).contains($0) }) {
            throw ValidationError("\(book) is not the number of a book.")
        }
    }

    func run() async throws {
        let source = GutenbergSource(books, address: baseURL)
        try await options.run(options.request(source, network: network))
    }
}
