import Foundation
import MiniGPT
import Synchronization

/// What a model said while it was trained: in memory and in `samples.jsonl`.
public final class SampleBook: Sendable {
    /// A text that the model wrote during its training.
    public struct Sample: Sendable, Codable, Equatable {
        /// The step after which the model wrote it.
        public let step: Int
        /// The prompt that the model continued.
        public let prompt: String
        /// The text that the model wrote after the prompt.
        public let text: String
    }

    private struct State {
        var samples: [Sample]
        let file: FileHandle
    }

    static let fileName = "samples.jsonl"
    private let state: Mutex<State>
    private let recipe: Recipe
    private let tokenizer: any TextTokenizer

    /// Starts the file; that of a training that is taken up again with its samples so far.
    init(
        in folder: OutputFolder, after step: Int, _ recipe: Recipe, _ tokenizer: any TextTokenizer
    ) throws {
        self.recipe = recipe
        self.tokenizer = tokenizer
        let samples = step > 0 ? Self.read(folder.url, upTo: step) : []
        let text = try samples.map(Self.line).joined()
        state = Mutex(
            State(samples: samples, file: try folder.open(Self.fileName, beginning: text)))
    }

    /// All samples so far, the first one first.
    public var samples: [Sample] { state.withLock { $0.samples } }

    /// Lets the model speak and notes it down, unless it has spoken after this step.
    ///
    /// - Returns: what it said.
    func listen(to model: GPT, at step: Int) throws -> Sample? {
        guard samples.last?.step ?? 0 < step else { return nil }
        var generator = TextGenerator(CachedPredictor(model), tokenizer: tokenizer)
        var random = SplitMix64(seed: recipe.seed).split(UInt64(step))
        var text = ""
        _ = try generator.generate(
            recipe.prompt, sampler: .temperature(recipe.temperature),
            options: GenerationOptions(maximumTokens: recipe.sampleTokens, seed: recipe.seed),
            using: &random
        ) { event in
            if case .text(let piece) = event { text += piece }
        }
        let sample = Sample(step: step, prompt: recipe.prompt, text: text)
        let line = try Self.line(sample)
        try state.withLock { state in
            state.samples.append(sample)
            try state.file.write(contentsOf: Data(line.utf8))
        }
        return sample
    }

    private static func line(_ sample: Sample) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(sample), as: UTF8.self) + "\n"
    }

    /// The samples of a run. A last line that was cut off does not count.
    public static func read(_ folder: URL, upTo step: Int = .max) -> [Sample] {
        let url = folder.appendingPathComponent(fileName)
        guard let data = try? Data(contentsOf: url) else { return [] }
        let samples = data.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(Sample.self, from: Data($0))
        }
        return samples.filter { $0.step <= step }
    }
}
