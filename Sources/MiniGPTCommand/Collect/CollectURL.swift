import ArgumentParser
import Foundation
import MiniPipeline

/// `minigpt collect url`
struct CollectURL: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "url",
        abstract: "Texts and pages at any addresses.",
        discussion: """
            A plain text is taken as it is. A page loses its tags, scripts and styles; menus and footers \
            stay, for which part of a page is its text only a reader knows. Other kinds of files are \
            left out. What may be done with a text is for you to find out: --license notes it down.

            Examples:
              minigpt collect url https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt
              minigpt collect url https://example.org/a.html https://example.org/b.txt --license "CC BY 4.0"
            """)

    @Argument(help: "The addresses, http or https.") var addresses: [String]
    @Option(help: "The terms they are offered under.") var license: String?
    @Option(help: "What is larger than so many megabytes is left out.") var largest = 64

    @OptionGroup var network: NetworkOptions
    @OptionGroup var options: CollectionOptions

    func validate() throws {
        let bad = addresses.first { address in
            guard let url = URL(string: address), let host = url.host, !host.isEmpty else {
                return true
            }
            return !["http", "https"].contains(url.scheme?.lowercased())
        }
        if let bad { throw ValidationError("'\(bad)' is not an http or https address.") }
        guard (1...4096).contains(largest) else {
            throw ValidationError("--largest is \(largest), but must be from 1 to 4096 megabytes.")
        }
    }

    func run() async throws {
        let source = WebPageSource(
            addresses, license: license, largestBody: largest * 1_000_000)
        try await options.run(options.request(source, network: network))
    }
}
