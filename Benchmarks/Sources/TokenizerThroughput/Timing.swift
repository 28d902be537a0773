import Foundation
import MiniSentencePiece
import MiniTokenizer

/// The seconds of each of several calls. The first call is the cold one: no word is remembered.
func seconds(_ rounds: Int, _ body: () throws -> Void) rethrows -> [Double] {
    let clock = ContinuousClock()
    return try (0..<rounds).map { _ in
        let duration = try clock.measure { try body() }.components
        return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    }
}

private func report(_ name: String, bytes: Int, _ times: [Double]) {
    let list = times.map { String(format: "%.6f", $0) }.joined(separator: ", ")
    print("{\"name\": \"\(name)\", \"bytes\": \(bytes), \"seconds\": [\(list)]}")
}

/// Times training, loading, encoding and decoding on tiny Shakespeare.
func measure(data: String, rounds: Int) throws {
    let text = try String(contentsOfFile: "\(data)/tinyshakespeare.txt", encoding: .utf8)
    let bytes = text.utf8.count

    report(
        "train to 5,000", bytes: bytes,
        try seconds(rounds) {
            var trainer = BytePairTrainer(vocabularySize: 5000)
            trainer.threads = 1
            _ = try trainer.train(on: [text])
        })

    // GPT-2's tokenizer.json as this package writes it: vocabulary, merges as pairs.
    let file = NSTemporaryDirectory() + "tokenizer-throughput-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try BytePairTokenizer.open("\(data)/gpt2").writeHuggingFace(to: file)
    let fileSize = try Data(contentsOf: URL(fileURLWithPath: file)).count
    report(
        "load GPT-2's tokenizer.json", bytes: fileSize,
        try seconds(rounds) { _ = try BytePairTokenizer.open(file) })

    let tokenizer = try BytePairTokenizer.open(file)
    var tokens: [Int32] = []
    report("encode", bytes: bytes, try seconds(rounds) { tokens = try tokenizer.encode(text) })
    precondition(tokens.count == 338_025, "GPT-2's vocabulary gives 338,025 tokens.")
    var decoded: [UInt8] = []
    report("decode", bytes: bytes, seconds(rounds) { decoded = tokenizer.decodeBytes(tokens) })
    precondition(decoded.elementsEqual(text.utf8), "Decoding gives the text back.")

    for count in [100_000, 200_000, 400_000] {
        let letters = String(repeating: "a", count: count)
        report(
            "\(count) equal letters", bytes: count,
            try seconds(rounds) { _ = try tokenizer.encode(letters) }
        )
    }

    var pieces: SentencePieceTokenizer?
    report(
        "train SentencePiece's BPE to 5,000", bytes: bytes,
        try seconds(rounds) {
            pieces = try SentencePieceTrainer(vocabularySize: 5000).train(on: [text]).tokenizer
        })
    if let pieces {
        report(
            "encode with SentencePiece's BPE", bytes: bytes,
            seconds(rounds) { _ = pieces.encode(text) })
    }
}
