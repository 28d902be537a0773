// What the side-by-side script (Peers/interchange.py) and the measurements of loading and saving
// need: models moved from one format to another, asked for logits and greedy tokens, and timed.
//
//     InterchangeCheck make gpt2 DIRECTORY
//     InterchangeCheck convert SOURCE TARGET [float32|float16|bfloat16|q8_0]
//     InterchangeCheck logits SOURCE 1,2,3 > LOGITS      (singles, [time, vocabulary])
//     InterchangeCheck greedy SOURCE 256 1,2,3
//     InterchangeCheck load SOURCE
//     InterchangeCheck save SOURCE TARGET
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

/// The byte-level BPE of a Hugging Face directory, for the GGUF file that needs it inside.
func tokenizer(in directory: URL) throws -> GGUFTokenizer? {
    let url = directory.appendingPathComponent("tokenizer.json")
    guard let data = try? Data(contentsOf: url) else { return nil }
    let json = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    guard let model = json?["model"] as? [String: Any],
        let vocabulary = model["vocab"] as? [String: Int]
    else { throw Failure(description: "\(url.path) holds no BPE.") }
    let added = json?["added_tokens"] as? [[String: Any]] ?? []
    var tokens: [Int: (String, GGUFTokenizer.TokenType)] = [:]
    for (token, id) in vocabulary { tokens[id] = (token, .normal) }
    for token in added {
        guard let id = token["id"] as? Int, let content = token["content"] as? String else {
            continue
        }
        tokens[id] = (content, token["special"] as? Bool == true ? .control : .userDefined)
    }
    let list = (0..<tokens.count).map { tokens[$0] ?? ("[PAD\($0)]", .unused) }
    let merges = (model["merges"] as? [Any] ?? []).compactMap { merge in
        merge as? String ?? (merge as? [String])?.joined(separator: " ")
    }
    let end = list.firstIndex { $0.1 == .control }
    return GGUFTokenizer(
        tokens: list.map(\.0), types: list.map(\.1), merges: merges, beginOfText: end,
        endOfText: end)
}

func convert(_ source: Place, _ target: Place, format: String) throws {
    let model = try source.load()
    switch target {
    case .huggingFace(let url):
        guard let format = FloatFormat(rawValue: format) else {
            throw Failure(description: "Safetensors cannot hold \(format).")
        }
        try model.export(huggingFace: url, format: format)
    case .gguf(let url):
        guard let format = GGUFFormat(rawValue: format) else {
            throw Failure(description: "GGUF cannot hold \(format).")
        }
        var words: GGUFTokenizer?
        if case .huggingFace(let directory) = source { words = try tokenizer(in: directory) }
        try model.export(gguf: url, format: format, tokenizer: words)
    case .llmC(let url): try model.export(llmC: url)
    }
}

func tokens(_ text: String) throws -> [Int32] {
    try text.split(separator: ",").map { word in
        guard let token = Int32(word) else {
            throw Failure(description: "\(word) is not a token id.")
        }
        return token
    }
}

// MARK: - Measuring

/// The largest memory this process has had, in bytes.
func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return (Int(line.split(separator: " ").dropLast().last ?? "") ?? 0) << 10
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure(body) / .seconds(1)
}

func milliseconds(_ values: [Double]) -> String {
    let sorted = values.sorted()
    return String(
        format: "median %.0f ms, best %.0f ms", sorted[sorted.count / 2] * 1e3, sorted[0] * 1e3)
}

/// Where `readFile` puts the file.
enum Target: String, CaseIterable {
    /// A piece at a time, into the same MiB.
    case reused = "one reused MiB"
    /// All of it, into fresh memory.
    case fresh = "fresh memory"
    /// All of it, into fresh memory on pages of 2 MiB.
    case largePages = "fresh memory on large pages"
}

/// Reads the whole file, with one thread.
func readFile(_ url: URL, into target: Target) throws {
    let descriptor = open(url.path, O_RDONLY)
    guard descriptor >= 0 else { throw Failure(description: "\(url.path) cannot be opened.") }
    defer { close(descriptor) }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let isWhole = target != .reused
    let piece = isWhole ? size : 1 << 20
    let alignment = target == .largePages ? 2 << 20 : 4_096
    let memory = UnsafeMutableRawPointer.allocate(byteCount: piece, alignment: alignment)
    defer { memory.deallocate() }
    #if os(Linux)
        if target == .largePages { madvise(memory, piece, MADV_HUGEPAGE) }
    #endif
    var offset = 0
    while offset < size {
        let place = isWhole ? memory + offset : memory
        let count = pread(descriptor, place, min(piece, size - offset), off_t(offset))
        guard count > 0 else { throw Failure(description: "\(url.path) cannot be read.") }
        offset += count
    }
}

func measureLoading(_ place: Place) throws {
    try readFile(place.file, into: .reused)  // now it is in the page cache
    let before = peakMemory()
    var times: [String: [Double]] = [:]
    var parameters = 0
    for round in 0..<7 {
        var model: GPT?
        times["load", default: []].append(try seconds { model = try place.load() })
        parameters = model?.parameterCount ?? 0
        model = nil
        if round == 0 {
            // Before anything else could raise the peak.
            let size = 4 * parameters
            let share = Double(peakMemory() - before) / Double(size)
            print(String(format: "peak memory %.3f × the %d bytes of the model", share, size))
        }
        BufferPool.shared.trim()
        for target in Target.allCases {
            times[target.rawValue, default: []].append(
                try seconds { try readFile(place.file, into: target) })
        }
    }
    print("load: \(milliseconds(times["load"] ?? [])), \(parameters) parameters")
    for target in Target.allCases {
        print(
            "the file read into \(target.rawValue): \(milliseconds(times[target.rawValue] ?? []))")
    }
}

func measureSaving(_ source: Place, _ target: Place) throws {
    let model = try source.load()
    guard case .huggingFace(let url) = target else {
        throw Failure(description: "Saving is measured with a directory.")
    }
    var (save, plain): ([Double], [Double]) = ([], [])
    let other = url.appendingPathComponent("plain")
    for _ in 0..<5 {
        unlink(target.file.path)
        save.append(try seconds { try model.export(huggingFace: url) })
        let data = try Data(contentsOf: target.file)
        unlink(other.path)
        plain.append(
            try seconds {
                let descriptor = open(other.path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
                defer { close(descriptor) }
                try data.withUnsafeBytes { bytes in
                    var offset = 0
                    while offset < bytes.count {
                        let count = write(
                            descriptor, bytes.baseAddress! + offset, bytes.count - offset)
                        guard count > 0 else {
                            throw Failure(description: "\(other.path) cannot be written.")
                        }
                        offset += count
                    }
                }
                guard fsync(descriptor) == 0 else { throw Failure(description: "fsync failed.") }
            })
    }
    unlink(other.path)
    print("save: \(milliseconds(save))")
    print("the same bytes written and synced: \(milliseconds(plain))")
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
    case ("convert", 3...4):
        let format = arguments.count == 4 ? arguments[3] : "float32"
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
            description: "Usage: make | convert | logits | greedy | load | save, see the source.")
    }
}

do {
    try run(Array(CommandLine.arguments.dropFirst()))
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
