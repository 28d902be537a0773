import Foundation
import MiniPipeline
import TestSupport
import Testing

@testable import TrainShakespeare

extension Example {
    @Suite struct CorpusTests {
        /// Lets every download fail at once, without leaving the machine: nobody listens there.
        static let noNetwork = [
            "https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9",
            "no_proxy": "", "NO_PROXY": "",
        ]

        @Test func `Without a network the bundled play is used, with one line about it`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(
                Workshop.small + ["--out", "out", "--iterations", "2"], environment: Self.noNetwork)
            #expect(outcome.status == 0)
            #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains("Tiny Shakespeare could not be downloaded"))
            #expect(outcome.output.contains("Corpus: The Glass Crown (bundled)"))
            #expect(!workshop.exists("cache/minigpt"))
        }

        @Test func `A damaged file in the cache is not used`() throws {
            let workshop = try Workshop()
            try workshop.write("cache/minigpt/tinyshakespeare.txt", Workshop.verses)
            let outcome = try workshop.run(
                Workshop.small + ["--out", "out", "--iterations", "2"], environment: Self.noNetwork)
            #expect(outcome.status == 0)
            #expect(outcome.errors.contains("Tiny Shakespeare could not be downloaded"))
        }

        /// `../shared/data` or `$MINIGPT_DATA`, if tiny Shakespeare is there.
        static let tinyShakespeare: URL? = {
            let root = URL(fileURLWithPath: #filePath)
                .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let folders = [
                ProcessInfo.processInfo.environment["MINIGPT_DATA"].map {
                    URL(fileURLWithPath: $0)
                },
                root.appendingPathComponent("../shared/data"),
            ]
            return folders.compactMap { $0?.appendingPathComponent("tinyshakespeare.txt") }
                .first { FileManager.default.fileExists(atPath: $0.path) }
        }()

        @Test(
            .enabled(
                if: tinyShakespeare != nil,
                "tinyshakespeare.txt is not in ../shared/data or $MINIGPT_DATA"))
        func `Tiny Shakespeare in the cache is used without a download`() throws {
            let workshop = try Workshop()
            try workshop.write(
                "cache/minigpt/tinyshakespeare.txt",
                Data(contentsOf: try #require(Self.tinyShakespeare)))
            let outcome = try workshop.run(
                [
                    "--out", "out", "--iterations", "2", "--width", "32", "--layers", "1",
                    "--validation-interval", "0", "--sample", "5",
                ], environment: Self.noNetwork)
            #expect(outcome.status == 0)
            #expect(outcome.errorLines == [])
            #expect(outcome.output.contains("Corpus: Tiny Shakespeare, 1003854 characters"))
        }

        @Test(arguments: [
            ([0xFF, 0x61], 0), ([0x61, 0x62, 0xC3], 2), ([0x61, 0xE2, 0x82, 0x61], 1),
            ([0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0x80], 5), ([0xED, 0xA0, 0x80], 0),
        ])
        func `The first byte that is not UTF-8 is named`(_ bytes: [UInt8], _ offset: Int) {
            let error = #expect(throws: PipelineError.self) {
                try Corpus(name: "x.txt", Data(bytes))
            }
            #expect(error?.description.contains("x.txt") == true)
            #expect(error?.description.contains("byte \(offset) of \(bytes.count) ") == true)
        }

        @Test func `A corpus is kept as it is`() throws {
            let text = "é\r\n\u{FEFF}€ 🙂\0"
            #expect(try Corpus(name: "x", Data(text.utf8)).text.utf8.elementsEqual(text.utf8))
        }
    }
}
