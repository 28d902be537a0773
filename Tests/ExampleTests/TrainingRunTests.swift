import Foundation
import TestSupport
import Testing

extension Example {
    @Suite struct TrainingRunTests {
        static let keys = [
            "step", "loss", "validationLoss", "learningRate", "gradientNorm", "tokensPerSecond",
            "shareOfPeak", "elapsedSeconds",
        ]

        @Test func `A run leaves metrics as JSON lines and as a table that agree`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "corpus.txt", "--out", "new/folder"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errorLines == [])

            let steps = try workshop.metrics("new/folder/metrics.jsonl")
            #expect(steps.map { $0["step"] as? Int } == Array(1...20))
            #expect(steps.allSatisfy { Set($0.keys) == Set(Self.keys) })
            let tested = steps.filter { $0["validationLoss"] is Double }
            #expect(tested.map { $0["step"] as? Int } == [10, 20])
            #expect(steps.filter { $0["validationLoss"] is NSNull }.count == 18)

            let table = try workshop.read("new/folder/metrics.csv").split(separator: "\n")
            #expect(table.first.map(String.init) == Self.keys.joined(separator: ","))
            #expect(table.count == 21)
            for (row, step) in zip(table.dropFirst(), steps) {
                let cells = row.split(separator: ",", omittingEmptySubsequences: false)
                    .map { Double($0) }
                let values = Self.keys.map { step[$0] as? Double }
                #expect(cells.map { $0 == nil } == values.map { $0 == nil })
                // JSONSerialization rounds the last bit of some numbers the other way.
                for case (let cell?, let value?) in zip(cells, values) {
                    #expect(abs(cell - value) <= 1e-14 * abs(cell))
                }
            }
        }

        @Test func `The losses fall and the learning rate rises and falls`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(
                Workshop.small + [
                    "--corpus", "corpus.txt", "--out", "out", "--learning-rate", "1e-2",
                    "--minimum-learning-rate", "1e-3",
                ])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let steps = try workshop.metrics("out/metrics.jsonl")
            let losses = steps.compactMap { $0["loss"] as? Double }
            let rates = steps.compactMap { $0["learningRate"] as? Double }
            // The model starts by knowing nothing: ln 22 for the 22 characters of the verses.
            #expect(abs(losses[0] - log(22)) < 0.1)
            #expect(losses[19] < losses[0] - 0.5)
            #expect(rates.max() == rates[4] && abs(rates[4] - 1e-2) < 1e-6)
            #expect(rates[19] < 2e-3)
        }

        @Test func `The loss curve is well-formed XML with a point for each step`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "corpus.txt", "--out", "out"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let picture = try Picture(workshop.read("out/loss.svg"))
            #expect(picture.points(of: "raw") == 20)
            #expect(picture.points(of: "mean") == 20)
            #expect(picture.points(of: "link") == 2)
            #expect(picture.texts.contains("validation") && picture.texts.contains("step"))
            #expect(picture.texts.contains("Loss on corpus.txt"))
        }

        @Test func `The model speaks at the end, from the prompt on`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "corpus.txt", "--out", "out", "--prompt", "The mill"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let sample = try workshop.read("out/sample.txt")
            #expect(sample.hasPrefix("The mill"))
            #expect(sample.unicodeScalars.count == "The mill".count + 60 + 1)
            #expect(outcome.output.contains(sample))
        }

        @Test func `Output that is no terminal has plain lines`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "corpus.txt", "--out", "out"])
            #expect(!outcome.output.contains("\u{1B}") && !outcome.output.contains("\r"))
            #expect(outcome.output.contains("\nstep  1/20  loss "))
            #expect(outcome.output.contains("\nstep 20: validation loss "))
            #expect(outcome.output.contains("GPT, "))
            #expect(outcome.output.contains("GFLOP/s"))
        }

        @Test func `The bundled play can be asked for`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "bundled", "--out", "out", "--iterations", "2"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("Corpus: The Glass Crown (bundled)"))
            #expect(try workshop.metrics("out/metrics.jsonl").count == 2)
        }

        @Test func `The same seed gives the same losses and words with any number of threads`()
            throws
        {
            let workshop = try Workshop()
            var columns: [[[String]]] = []
            var samples: [String] = []
            for (folder, threads) in [("one", "1"), ("two", "2"), ("again", "2")] {
                let outcome = try workshop.run(
                    Workshop.small + [
                        "--corpus", "corpus.txt", "--out", folder, "--threads", threads,
                        "--dropout", "0.1",
                    ])
                #expect(outcome.status == 0, "\(outcome.errors)")
                let table = try workshop.read("\(folder)/metrics.csv").split(separator: "\n")
                // step, loss, validationLoss: as they are written, to the last digit.
                columns.append(
                    table.map { row in
                        row.split(separator: ",", omittingEmptySubsequences: false).prefix(3)
                            .map(String.init)
                    })
                samples.append(try workshop.read("\(folder)/sample.txt"))
            }
            #expect(columns[0].count == 21)
            #expect(columns[0] == columns[1] && columns[1] == columns[2])
            #expect(samples[0] == samples[1] && samples[1] == samples[2])

            let outcome = try workshop.run(
                Workshop.small + ["--corpus", "corpus.txt", "--out", "other", "--seed", "7"])
            #expect(outcome.status == 0)
            let other = try workshop.read("other/metrics.csv").split(separator: "\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false).prefix(3).map(
                    String.init)
            }
            #expect(other != columns[0], "another seed must give other losses")
        }

        @Test func `An interrupt stops after the step and still leaves all files`() throws {
            let workshop = try Workshop()
            let process = try workshop.start(
                Workshop.small + [
                    "--corpus", "corpus.txt", "--out", "out", "--iterations", "10000000",
                    "--validation-interval", "0",
                ])
            var patience = 6_000
            while patience > 0,
                (try? workshop.read("out/metrics.csv").split(separator: "\n").count) ?? 0 < 4
            {
                usleep(10_000)
                patience -= 1
            }
            process.interrupt()
            let outcome = try workshop.finish(process)
            #expect(outcome.status == 130)
            #expect(process.terminationReason == .exit, "a clean end, not death by the signal")
            #expect(outcome.output.contains("Stopped after "))

            let steps = try workshop.metrics("out/metrics.jsonl").count
            #expect(steps >= 3)
            #expect(try workshop.read("out/metrics.csv").split(separator: "\n").count == steps + 1)
            #expect(try Picture(workshop.read("out/loss.svg")).points(of: "raw") > 0)
            #expect(try workshop.read("out/sample.txt").unicodeScalars.count == 61)
        }
    }
}
