import ArgumentParser

/// `minigpt collect`: texts to learn from.
struct Collect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fetches texts: from Wikipedia, Project Gutenberg, any address, files.",
        discussion: """
            What one collection fetches is added to what is there; a document that is there already is \
            brought up to date. `--replace` begins anew. A collection that was cut off goes on where it \
            was when the same command is given again.

            data/raw/documents.jsonl has each text with its source and its licence, data/raw/text.txt \
            has them all as one text. Whoever passes texts or models on keeps to the licences.

            Examples:
              minigpt collect files book.txt notes/
              minigpt collect gutenberg 11 1342
              minigpt collect wikipedia --category Physics --limit 200 --contact me@example.org
              minigpt collect url https://example.org/essay.html
            """,
        subcommands: [
            CollectWikipedia.self, CollectGutenberg.self, CollectURL.self, CollectFiles.self,
        ])
}
