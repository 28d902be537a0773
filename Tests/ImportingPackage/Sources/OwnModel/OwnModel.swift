import Foundation
import MiniGPT

/// Trains a model of its own with an optimizer of its own, is killed in the middle, and resumes to the
/// same bits as a training that was never stopped; then the model speaks.
///
/// It sees what MiniGPT makes public and nothing else. Without arguments it starts itself three times:
/// `train FOLDER`, and with a step after which the process kills itself.
@main
struct OwnModel {
    static let text = String(
        repeating: "to be, or not to be, that is the question. ", count: 40)

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "train" {
            let folder = URL(fileURLWithPath: arguments.dropFirst().first ?? ".")
            print(
                try train(in: folder, dyingAfter: arguments.dropFirst(2).first.flatMap { Int($0) }))
            return
        }
        try checkDerivative()
        let place = FileManager.default.temporaryDirectory
            .appendingPathComponent("own-model-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        let (whole, killed) = (
            place.appendingPathComponent("whole"), place.appendingPathComponent("killed")
        )
        let expected = try run(["train", whole.path])
        let death = try run(["train", killed.path, "25"])
        let resumed = try run(["train", killed.path])
        guard expected.status == 0, death.status == SIGKILL, resumed.status == 0 else {
            throw Failure(
                "The trainings ended with \(expected.status), \(death.status), \(resumed.status).")
        }
        guard !expected.output.isEmpty, resumed.output == expected.output else {
            throw Failure(
                "Killed and resumed: \(resumed.output), never stopped: \(expected.output).")
        }
        print("Killed after step 25 and resumed: the same bits, checksum", expected.output)
        try speak(from: killed)
    }

    /// Makes 40 steps, with a checkpoint every 10, going on from the newest one.
    ///
    /// - Returns: a checksum of all bits of the weights.
    static func train(in folder: URL, dyingAfter step: Int?) throws -> String {
        let tokenizer = CharacterTokenizer(alphabetOf: text)
        let data = TokenDataset(try tokenizer.encode(text), contextLength: 32)
        var random = SplitMix64(seed: 7)
        var model = Decoder(.init(vocabularySize: tokenizer.vocabularySize), using: &random)
        var optimizer = Lion(learningRate: .cosine(peak: 3e-3, warmup: 5, total: 40, floor: 1e-4))
        var options = Trainer.Options()
        (options.steps, options.batchSize, options.validationInterval) = (40, 8, 20)
        var trainer = Trainer(training: data, validation: data, options: options)
        let store = try CheckpointStore(directory: folder)
        trainer.checkpoints = CheckpointPlan(store, steps: 10, tokenizer: SavedTokenizer(tokenizer))
        if let found = try store.loadLatest() {
            try trainer.resume(&model, &optimizer, from: found.checkpoint)
            guard optimizer.step == 20 else {
                throw Failure("Resumed from step \(optimizer.step), not 20.")
            }
        }
        try trainer.run(&model, &optimizer) { event in
            guard case .step(let report) = event, report.step == step else { return }
            store.waitUntilIdle()
            kill(getpid(), SIGKILL)
        }
        // FNV-1a over all bits of all weights.
        let bits = model.parameters.flatMap { $0.value.scalars.map(\.bitPattern) }
        let checksum = bits.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return String(checksum, radix: 16)
    }

    /// Makes the model again from its checkpoint alone, and lets it continue a text.
    static func speak(from folder: URL) throws {
        var generator = try LanguageModels.open(folder.path, kinds: [Decoder.self]).generator()
        var random = SplitMix64(seed: 1)
        var said = ""
        _ = try generator.generate(
            "to be", sampler: .topP(0.9), options: .init(maximumTokens: 40), using: &random
        ) { event in
            if case .text(let piece) = event { said += piece }
        }
        print("to be" + said)
        guard said.count == 40 else { throw Failure("It said \(said.count) characters, not 40.") }
    }

    /// Compares the derivative of our own operation with central differences.
    static func checkDerivative() throws {
        var random = SplitMix64(seed: 3)
        let report = checkGradients(at: [.normal([3, 5], using: &random)]) { silu($0[0]) }
        guard report.isCorrect else { throw Failure("\(report)") }
    }

    /// Runs this program with other arguments.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let output = String(decoding: data, as: UTF8.self).split(separator: "\n").last.map(
            String.init)
        return (process.terminationStatus, output ?? "")
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
