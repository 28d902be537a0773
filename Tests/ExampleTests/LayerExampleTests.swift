import Foundation
import TestSupport
import Testing

extension Example {
    /// The small programs of layers, as processes.
    @Suite struct LayerExampleTests {
        @Test func `The classifier is right on 95 of 100 digits that it never saw`() throws {
            let outcome = try Workshop().run([], program: Workshop.program("ClassifyDigits"))
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("3: Linear"))
            let words = outcome.output.split(whereSeparator: \.isWhitespace)
            let place = try #require(words.firstIndex(of: "right:"))
            let right = try #require(Int(words[place + 1]))
            #expect(right >= 342 && right < 360, "of 360: \(right)")
        }

        @Test func `A decoder of Llama's blocks learns a text`() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(
                ["corpus.txt", "100"], program: Workshop.program("TrainBlocks"))
            #expect(outcome.status == 0, "\(outcome.errors)")
            let losses = outcome.output.split(separator: "\n").compactMap {
                Float($0.split(separator: " ").last ?? "")
            }
            #expect(losses.count == 3 && losses[2] < losses[0] - 1, "\(losses)")
        }

        @Test func `Without a text it says how it is called`() throws {
            let outcome = try Workshop().run([], program: Workshop.program("TrainBlocks"))
            #expect(outcome.output.contains("usage: TrainBlocks TEXT.txt"))
        }
    }
}
