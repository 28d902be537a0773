import Foundation
import MiniGPT
import TestSupport
import Testing

@testable import MiniPipeline

@Suite struct TrainingReportTests {
    static let nasty = "</pre><script>alert('x')</script>\"&\u{202E}\u{1B}[2J"

    private func report(
        name: String = "run", prompt: String = "", text: String = "words", step: Int = 2,
        results: RunFile.Results? = .init(bestValidationLoss: 1.5, bitsPerByte: 2.164),
        baselines: [TrainingReport.Baseline] = []
    ) -> String {
        var recipe = Recipe()
        recipe.prompt = prompt
        let part = PreparedData.Part(tokens: 10, documents: 1, bytes: 12, characters: 10)
        let run = RunFile(
            stage: .train, name: name, preset: "tiny", recipe: recipe,
            model: recipe.configuration(vocabularySize: 65), parameters: 1_234_567,
            data: PreparedData(
                training: part, validation: part, vocabularySize: 65, split: .text),
            machine: MachineDescription(processor: name, kernels: "k", blas: "b", threads: 2),
            state: .finished, step: step, totalSteps: 2,
            started: Date(timeIntervalSince1970: 0), results: results)
        let rows = (0..<step).map {
            MetricsRow(
                step: $0 + 1, loss: 2, validationLoss: 1.5, learningRate: 1e-3, gradientNorm: .nan,
                tokensPerSecond: 9, shareOfPeak: nil, elapsedSeconds: 1)
        }
        return TrainingReport(
            run: run, rows: rows, samples: [.init(step: 2, prompt: prompt, text: text)],
            baselines: baselines
        ).html
    }

    @Test func `It holds the figures, the curves, the samples and the settings`() {
        let html = report(prompt: "Say: ")
        for words in [
            "<h1>run</h1>", "Finished: 2 of 2 steps", "1,234,567 parameters", ">1.5000<", ">2.164<",
            "<b>Say: </b>words", "learning-rate", "Learning rate", "Gradient norm", "1970-01-01",
        ] {
            #expect(html.contains(words), "\(words)")
        }
        #expect(html.components(separatedBy: "<svg ").count == 4)
        #expect(!html.contains("nan"))
    }

    @Test func `Nothing that a model or a user says can leave its place`() {
        let html = report(
            name: Self.nasty, prompt: Self.nasty, text: Self.nasty,
            baselines: [(name: Self.nasty, bitsPerByte: 3)])
        #expect(!html.contains("<script") && !html.contains("alert('"))
        #expect(!html.contains("\u{202E}") && !html.contains("\u{1B}"))
        #expect(
            html.contains("&lt;/pre&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"))
    }

    @Test func `It asks nobody for anything`() {
        let html = report(baselines: [("n-grams", 3)])
            .replacing("xmlns=\"http://www.w3.org/2000/svg\"", with: "")
        for words in ["http:", "https:", "//", "src=", "url(", "@import"] {
            #expect(!html.contains(words), "\(words)")
        }
        #expect(html.contains("default-src 'none'"))
    }

    @Test func `Other models stand beside it by their bits per byte, the worst first`() throws {
        let html = report(baselines: [("bigrams", 3.5), ("5-grams", 2.1)])
        let places = try ["bigrams", ">run</th>", "5-grams"].map {
            try #require(html.range(of: $0, options: .backwards)).lowerBound
        }
        #expect(places == places.sorted())
        #expect(!report().contains("among others"))
    }

    @Test func `A run that has not come far has a report too`() {
        let html = report(step: 0, results: nil)
        #expect(html.contains("0 of 2 steps") && !html.contains("class=\"tiles\""))
    }

    @Test func `Its pictures are well-formed`() throws {
        for part in report().components(separatedBy: "<svg ").dropFirst() {
            let end = try #require(part.range(of: "</svg>"))
            _ = try Picture("<svg " + part[..<end.upperBound])
        }
    }
}
