import Foundation
import Logging
import MiniPipeline
import Testing

@testable import MiniGPTServer

extension Server {
    @Suite("Runs that are started from the page")
    struct RunCatalogTests {
        /// Takes the place of the command: notes its run, and ends as its text says.
        private static let program = """
            #!/bin/sh
            trap 'exit 143' TERM
            mkdir -p "$3/runs/$7" && echo '{"totalSteps":9,"state":"running"}' > "$3/runs/$7/run.json"
            echo 'It cannot be done.'
            read -r word < "$5"
            [ "$word" = fail ] && exit 1
            while :; do sleep 0.02; done
            """

        @Test("One that was stopped has not failed; one that ended by itself has, and says why")
        func failed() async throws {
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("minigpt-runs-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let program = folder.appendingPathComponent("program")
            try Data(Self.program.utf8).write(to: program)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: program.path)
            let runs = RunCatalog(
                project: Project(folder), program: program.path, logger: Logger(label: "test"))

            try await runs.start(.init(text: "fail\n", name: "one", preset: "tiny"))
            while await runs.started("one")?.isRunning == true { try await pause() }
            #expect(try await runs.run("one").state(await runs.started("one")) == "failed")
            #expect(await runs.lastWords("one") == "It cannot be done.")

            try await runs.start(.init(text: "go on\n", name: "two", preset: "tiny"))
            while await !runs.runs().contains(where: { $0.name == "two" }) { try await pause() }
            #expect(try await runs.run("two").state(await runs.started("two")) == "running")
            try await runs.stop("two")
            while await runs.started("two")?.isRunning == true { try await pause() }
            #expect(try await runs.run("two").state(await runs.started("two")) == "stopped")
            #expect(await runs.lastWords("two") == nil)
        }

        private func pause() async throws { try await Task.sleep(for: .milliseconds(5)) }
    }
}
