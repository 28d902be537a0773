import Foundation
import MiniGPT
import Testing

@testable import MiniPipeline

@Suite("Plan")
struct PlanTests {
    static let machine = PlanMachine(gigaflops: 100, efficiency: 0.5, memoryBytes: 16_000_000_000)

    @Test(
        "Parameters are those of the model that the library makes", arguments: [true, false],
        [true, false])
    func parametersOfModels(isTied: Bool, usesBias: Bool) throws {
        for (vocabulary, context, layers, heads, width) in [
            (31, 9, 2, 3, 12), (5, 4, 1, 1, 4), (65, 16, 3, 2, 32),
        ] {
            var generator = SplitMix64(seed: 1)
            let c = GPT.Configuration(
                vocabularySize: vocabulary, contextLength: context, layers: layers, heads: heads,
                width: width, tiesEmbeddings: isTied, usesBias: usesBias)
            let model = GPT(c, using: &generator)
            let counts = try ParameterCounts(c)
            #expect(counts.total == model.parameterCount)
            #expect(counts.parts.reduce(0) { $0 + $1.count } == counts.total)
            func count(_ part: String) -> Int {
                model.parameters.filter { $0.name.contains(part) }.reduce(0) { $0 + $1.value.count }
            }
            #expect(counts.attention == count(".attention."))
            #expect(counts.feedForward == count(".feedForward."))
            #expect(counts.norms == count("Norm"))
            #expect(counts.tokenEmbedding == count("tokenEmbedding"))
            #expect(counts.positionEmbedding == count("positionEmbedding"))
            #expect(counts.head == count("head.weight"))
        }
    }

    @Test(
        "The published numbers of parameters",
        arguments: [
            (PlanPreset.shakespeareCharacters, 809_856), (.course, 6_051_840),
            (.gpt2, 124_439_808), (.gpt2Medium, 354_823_168), (.gpt2Large, 774_030_080),
            (.gpt2XL, 1_557_611_200), (.gpt3, 174_604_259_328),
        ])
    func published(preset: PlanPreset, count: Int) throws {
        let plan = try Plan(preset, on: Self.machine)
        #expect(plan.parameters.total == count)
        #expect(plan.parameters.total == preset.configuration.parameterCount)
    }

    @Test("GPT-3 takes the operations that its authors name, and does not fit here")
    func gpt3() throws {
        let plan = try Plan(.gpt3, on: Self.machine)
        // Brown et al. 2020, table D.1: 3.14e23, without attention's products.
        #expect(abs(plan.work.operations / 3.14e23 - 1) < 0.06)
        #expect(plan.memory.training.weights == 4 * 174_604_259_328)
        #expect(plan.verdict.fit == .nothing)
        #expect(plan.verdict.sentence.hasPrefix("It does not fit"))
    }

    @Test(
        "Packed weights take what the library reads for a token", arguments: NumberFormat.allCases)
    func packedWeights(format: NumberFormat) throws {
        for width in [32, 40, 64] {
            var generator = SplitMix64(seed: 1)
            let c = GPT.Configuration(
                vocabularySize: 50, contextLength: 20, layers: 2, heads: 2, width: width)
            let counts = try ParameterCounts(c)
            let memory = try InferenceMemory(c, parameters: counts, format: format)
            let packed = InferenceModel(GPT(c, using: &generator), weights: format)
            let vectors = counts.norms + counts.positionEmbedding + 2 * 9 * width
            #expect(memory.weights == packed.bytesPerToken + 4 * vectors)
            // 20 positions are two panels of 16.
            #expect(memory.cache == 2 * 4 * 2 * 32 * width)
        }
    }

    @Test("Time is operations over speed, and machines share it")
    func time() throws {
        let one = try Plan("x", .course, batch: 32, length: .steps(100), on: Self.machine)
        #expect(one.work.tokens == 100 * 32 * 128)
        #expect(one.work.steps == 100)
        #expect(abs(one.time.seconds - one.work.operations / 50e9) < 1e-6)
        #expect(abs(one.time.secondsPerStep * 100 - one.time.seconds) < 1e-6)
        var machines = Self.machine
        machines.count = 4
        let four = try Plan(
            "x", .course, batch: 32, length: .tokens(one.work.tokens), on: machines)
        #expect(four.work.steps == 25)
        #expect(abs(four.time.seconds * 4 - one.time.seconds) < 1e-6)
        let optimal = try Plan("x", .course, batch: 32, length: .optimal, on: Self.machine)
        #expect(optimal.work.tokens == 20 * 6_051_840)
    }

    @Test(
        "What fits depends on the memory there is",
        arguments: [
            (10_000_000_000, PlanVerdict.Fit.training), (320_000_000, .recomputingBlocks),
            (20_000_000, .inference), (1_000_000, .nothing),
        ])
    func fit(memory: Int, fit: PlanVerdict.Fit) throws {
        let machine = PlanMachine(gigaflops: 100, memoryBytes: memory)
        let plan = try Plan(.course, on: machine)
        #expect(plan.verdict.fit == fit)
        #expect(plan.verdict.sentence.hasSuffix("."))
    }

    @Test("Sizes without reason are an error with a sentence, never a crash")
    func hostile() {
        let big = 1 << 24
        let configurations: [(GPT.Configuration, String)] = [
            (
                .init(vocabularySize: .max, contextLength: 8, layers: 1, heads: 1, width: 8),
                "vocabulary"
            ),
            (.init(vocabularySize: 8, contextLength: 0, layers: 1, heads: 1, width: 8), "context"),
            (.init(vocabularySize: 8, contextLength: 8, layers: -3, heads: 1, width: 8), "layers"),
            (
                .init(vocabularySize: 8, contextLength: 8, layers: 1, heads: 3, width: 8),
                "divisible"
            ),
            (
                .init(vocabularySize: big, contextLength: big, layers: big, heads: 1, width: big),
                "64 bits"
            ),
        ]
        for (configuration, word) in configurations {
            let error = #expect(throws: PipelineError.self) {
                try Plan("x", configuration, batch: 1, length: .optimal, on: Self.machine)
            }
            #expect(
                error?.description.contains(word) == true, "\(word): \(error?.description ?? "")")
        }
        for batch in [0, -1, .max, 1 << 32] {
            #expect(throws: PipelineError.self) {
                try Plan(
                    "x",
                    .init(vocabularySize: 9, contextLength: big, layers: big, heads: 1, width: 64),
                    batch: batch, length: .steps(1), on: Self.machine)
            }
        }
        for length in [PlanLength.steps(0), .tokens(-1), .steps(.max)] {
            #expect(throws: PipelineError.self) {
                try Plan("x", .course, batch: 1, length: length, on: Self.machine)
            }
        }
    }

    @Test("A plan as text names every part, and the table has a column for each model")
    func text() throws {
        let plan = try Plan(.course, on: Self.machine)
        for word in ["token embedding", "feed-forward", "averages of AdamW", "q4_0", "6,051,840"] {
            #expect(plan.text.contains(word), "\(word)")
        }
        let table = try PlanTable.course(plan, on: Self.machine)
        #expect(table.plans.map(\.name) == ["course", "gpt2", "gpt2-xl", "gpt3"])
        for word in ["6.052 million", "124.4 million", "1.558 billion", "174.6 billion"] {
            #expect(table.text.contains(word) && table.svg.contains(word), "\(word)")
        }
    }

    @Test("The picture is XML")
    func svg() throws {
        let table = try PlanTable.course(
            Plan("<a> & \"b\"", .course, batch: 1, length: .optimal, on: Self.machine),
            on: Self.machine)
        let svg = table.svg
        #expect(svg.contains("&lt;a&gt; &amp;"))
        #expect(!svg.contains("<a>"))
        let parser = TagCounter(svg)
        #expect(parser.open == 0)
    }

    @Test("Durations and numbers are read by people")
    func quantities() {
        #expect(NumberText.duration(0.0123) == "12.3 ms")
        #expect(NumberText.duration(90) == "90 s")
        #expect(NumberText.duration(3_600) == "60 minutes")
        #expect(NumberText.duration(86_400 * 30) == "30 days")
        #expect(NumberText.duration(365.25 * 86_400 * 5_000_000) == "5 million years")
        #expect(NumberText.operations(3.14e23) == "3.14e+23 FLOP")
        #expect(NumberText.operations(38_530_000) == "38.53 MFLOP")
        #expect(NumberText.inWords(174_604_259_328) == "174.6 billion")
    }
}

/// Counts tags that are opened and not closed.
private struct TagCounter {
    var open = 0

    init(_ text: String) {
        for tag in text.split(separator: "<").map({ $0.prefix { $0 != ">" } }) {
            if tag.hasPrefix("?") || tag.hasSuffix("/") { continue }
            open += tag.hasPrefix("/") ? -1 : 1
        }
    }
}
