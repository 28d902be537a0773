import Foundation
import MiniGPT
import TestSupport
import Testing

extension Example {
    /// The example `Generate`, as a process.
    @Suite struct GenerateTests {
        @Test func `The newest checkpoint of a training continues a text, and so does any of them`()
            throws
        {
            let workshop = try Workshop()
            let training = try workshop.run(
                Workshop.small + [
                    "--corpus", "corpus.txt", "--iterations", "20", "--save-every", "10",
                    "--out", "run", "--checkpoints", "saved",
                ])
            #expect(training.status == 0, "\(training.errors)")
            let words = ["a", "10", "3"]
            let outputs = try ["saved", "saved/step-00000020"].map { model in
                try workshop.run([model] + words, program: Workshop.program("Generate"))
            }
            #expect(outputs.allSatisfy { $0.status == 0 }, "\(outputs.map(\.errors))")
            #expect(outputs[0].output == outputs[1].output && !outputs[0].output.isEmpty)
            #expect(outputs[0].output.contains("[length, 10 tokens]"))
        }

        @Test func `Without a model it says so in a sentence`() throws {
            let outcome = try Workshop().run(["nowhere"], program: Workshop.program("Generate"))
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("There is no model at"), "\(outcome.errors)")
        }
    }
}
