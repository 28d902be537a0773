import Foundation
import MiniSentencePiece
import MiniTokenizer

/// Opens a tokenizer file of any format.
func open(_ path: String) throws -> any TextTokenizer {
    if case .sentencePiece = try TokenizerFile.recognize(path) {
        return try SentencePieceTokenizer.open(path)
    }
    return try BytePairTokenizer.open(path)
}

/// Writes the ids of a text as little-endian 32-bit integers.
func writeIDs(tokenizer: String, text: String, to path: String) throws {
    let text = try String(contentsOfFile: text, encoding: .utf8)
    let ids = try open(tokenizer).encode(text)
    try ids.map(\.littleEndian).withUnsafeBytes {
        try Data($0).write(to: URL(fileURLWithPath: path))
    }
}

/// Trains on a text and writes every format: tokenizer.json, vocab.json and merges.txt,
/// ranks.tiktoken, bpe.model and bpe.vocab.
func train(text: String, size: Int, folder: String) throws {
    let tokenizer = try BytePairTrainer(vocabularySize: size).train(onFiles: [text]).tokenizer
    try tokenizer.writeHuggingFace(to: "\(folder)/tokenizer.json")
    try tokenizer.writeVocabularyAndMerges(
        vocabularyPath: "\(folder)/vocab.json", mergesPath: "\(folder)/merges.txt")
    try tokenizer.writeTiktoken(to: "\(folder)/ranks.tiktoken")
    let pieces = try SentencePieceTrainer(vocabularySize: size).train(onFiles: [text]).tokenizer
    try pieces.write(to: "\(folder)/bpe.model")
    try pieces.writeVocabulary(to: "\(folder)/bpe.vocab")
}

/// Opens a file that may be broken; prints what came of it, its size, and the largest memory that
/// the process had before and after, in bytes.
func weigh(_ path: String) throws {
    let before = largestMemory()
    var outcome = "opened"
    do {
        _ = try open(path)
    } catch {
        outcome = String("\(error)".prefix(200))
    }
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    let line = [
        "outcome": outcome, "size": "\(size)", "before": "\(before)",
        "after": "\(largestMemory())",
    ]
    print(String(decoding: try JSONEncoder().encode(line), as: UTF8.self))
}

/// The high-water mark of resident memory (Linux).
private func largestMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
        return (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
    }
    return 0
}
