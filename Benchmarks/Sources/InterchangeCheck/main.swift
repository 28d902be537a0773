// What the side-by-side script (Peers/interchange.py) and the measurements of loading and saving
// need: models moved from one format to another, asked for logits and greedy tokens, and timed.
//
//     InterchangeCheck make gpt2 DIRECTORY
//     InterchangeCheck train TEXT DIRECTORY STEPS         (course size, with a tokenizer of its own)
//     InterchangeCheck tokens SOURCE TEXT                 (the text of a file, in ids)
//     InterchangeCheck convert SOURCE TARGET [f32|f16|bf16|q8_0|q4_0]
//     InterchangeCheck logits SOURCE 1,2,3 > LOGITS      (singles, [time, vocabulary])
//     InterchangeCheck greedy SOURCE 256 1,2,3
//     InterchangeCheck load SOURCE
//     InterchangeCheck save SOURCE TARGET
//     InterchangeCheck checkpoint DIRECTORY               (time lost to saving, course size)
//
// A source or target ending in .gguf or .bin is a file of llama.cpp or llm.c, anything else a
// directory in Hugging Face's layout.

import Foundation
import MiniGPT

struct Failure: Error, CustomStringConvertible {
    let description: String
}

enum Place {
    case huggingFace(URL)
    case gguf(URL)
    case llmC(URL)

    init(_ path: String) {
        let url = URL(fileURLWithPath: path)
        switch url.pathExtension {
        case "gguf": self = .gguf(url)
        case "bin": self = .llmC(url)
        default: self = .huggingFace(url)
        }
    }

    func load() throws -> GPT {
        switch self {
        case .huggingFace(let url): try GPT(huggingFace: url)
        case .gguf(let url): try GPT(gguf: url)
        case .llmC(let url): try GPT(llmC: url)
        }
    }

    /// The file with the weights.
    var file: URL {
        switch self {
        case .huggingFace(let url): url.appendingPathComponent(SafetensorsDirectory.fileName)
        case .gguf(let url), .llmC(let url): url
        }
    }
}

/// The tokenizer that lies beside the weights, or in the same file.
func tokenizer(of place: Place) throws -> BytePairTokenizer? {
    switch place {
    case .huggingFace(let url):
        let file = url.appendingPathComponent("tokenizer.json").path
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        return try BytePairTokenizer.open(file)
    case .gguf(let url): return try GGUFFile(url).tokenizer()?.bytePairTokenizer()
    case .llmC: return nil
    }
}

func convert(_ source: Place, _ target: Place, format: NumberFormat) throws {
    let model = try source.load()
    let words = try tokenizer(of: source)
    switch target {
    case .huggingFace(let url):
        let end = words?.endOfText.map { Int($0) }
        try model.export(
            huggingFace: url, format: format,
            tokenizerFiles: try words?.huggingFaceFiles(
                contextLength: model.configuration.contextLength) ?? [],
            beginOfText: end, endOfText: end)
    case .gguf(let url):
        try model.export(gguf: url, format: format, tokenizer: try words.map { try .init($0) })
    case .llmC(let url): try model.export(llmC: url)
    }
}

/// A tokenizer and a model of the course's size, trained a little on a text.
func train(_ text: String, into directory: URL, steps: Int) throws {
    let words = try BytePairTokenizer.train(
        on: text, vocabularySize: 5_000, specialTokens: ["<|endoftext|>"])
    let configuration = GPT.Configuration.course
    let data = try TokenDataset.split(
        TokenStore(try words.encode(text)), contextLength: configuration.contextLength)
    var generator = SplitMix64(seed: 1)
    var model = GPT(configuration, using: &generator)
    var optimizer = AdamW(learningRate: .cosine(peak: 1e-3, warmup: 10, total: steps))
    var options = Trainer.Options()
    options.steps = steps
    options.batchSize = 8
    options.validationInterval = 0
    let trainer = Trainer(training: data.training, options: options)
    try trainer.run(&model, &optimizer) { event in
        guard case .step(let report) = event, report.step % 25 == 0 else { return }
        FileHandle.standardError.write(Data("     step \(report.step), loss \(report.loss)\n".utf8))
    }
    let end = words.endOfText.map { Int($0) }
    try model.export(
        huggingFace: directory,
        tokenizerFiles: try words.huggingFaceFiles(contextLength: configuration.contextLength),
        beginOfText: end, endOfText: end)
}

func tokens(_ text: String) throws -> [Int32] {
    try text.split(separator: ",").map { word in
        guard let token = Int32(word) else {
            throw Failure(description: "\(word) is not a token id.")
        }
        return token
    }
}

// MARK: - Commands

func run(_ arguments: [String]) throws {
    switch (arguments.first, arguments.count) {
    case ("make", 3):
        let configurations: [String: GPT.Configuration] = ["gpt2": .gpt2, "course": .course]
        guard let configuration = configurations[arguments[1]] else {
            throw Failure(description: "There is no model \(arguments[1]).")
        }
        var generator = SplitMix64(seed: 1)
        let model = GPT(configuration, using: &generator)
        try model.export(huggingFace: URL(fileURLWithPath: arguments[2]))
    case ("train", 4):
        guard let steps = Int(arguments[3]), steps > 0 else {
            throw Failure(description: "\(arguments[3]) is not a number of steps.")
        }
        let text = try String(contentsOfFile: arguments[1], encoding: .utf8)
        try train(text, into: URL(fileURLWithPath: arguments[2]), steps: steps)
    case ("tokens", 3):
        guard let words = try tokenizer(of: Place(arguments[1])) else {
            throw Failure(description: "\(arguments[1]) has no tokenizer.")
        }
        let text = try String(contentsOfFile: arguments[2], encoding: .utf8)
        print(try words.encode(text).map(String.init).joined(separator: ","))
    case ("checkpoint", 2):
        try measureCheckpoints(URL(fileURLWithPath: arguments[1]))
    case ("convert", 3...4):
        let name = arguments.count == 4 ? arguments[3] : "f32"
        guard let format = NumberFormat(name: name) else {
            throw Failure(description: "There is no number format \(name).")
        }
        try convert(Place(arguments[1]), Place(arguments[2]), format: format)
    case ("logits", 3):
        let model = try Place(arguments[1]).load()
        let logits = model(TokenBatch(try tokens(arguments[2])))
        logits.withUnsafeScalars { FileHandle.standardOutput.write(Data(buffer: $0)) }
    case ("greedy", 4):
        guard let count = Int(arguments[2]) else {
            throw Failure(description: "\(arguments[2]) is not a number of tokens.")
        }
        let model = try Place(arguments[1]).load()
        let sequence = TokenSequence(
            model, prompt: try tokens(arguments[3]), sampler: .greedy, seed: 0)
        print(sequence.prefix(count).map(String.init).joined(separator: ","))
    case ("load", 2): try measureLoading(Place(arguments[1]))
    case ("save", 3): try measureSaving(Place(arguments[1]), Place(arguments[2]))
    default:
        throw Failure(
            description:
                "Usage: make | train | convert | tokens | logits | greedy | load | save | checkpoint, see the source."
        )
    }
}

do {
    try run(Array(CommandLine.arguments.dropFirst()))
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
