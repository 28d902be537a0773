import Foundation
import TestSupport
import Testing

extension Command {
    @Suite("minigpt plan")
    struct PlanCommandTests {
        /// Nothing is measured, so the numbers are the same everywhere.
        private let machine = ["--gigaflops", "200", "--efficiency", "0.5", "--memory", "16"]

        private func json(_ text: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }

        @Test("The course's model on this machine, measured")
        func usual() throws {
            let outcome = try Workshop().run(["plan"])
            #expect(outcome.status == 0)
            #expect(outcome.output.contains("6,051,840"))
            #expect(outcome.output.contains("measured here"))
            #expect(outcome.output.contains("this machine"))
        }

        @Test("GPT-3 as JSON: its parameters, its operations, and that it does not fit")
        func gpt3() throws {
            let plan = try json(
                Workshop().run(["plan", "--preset", "gpt3", "--json"] + machine).output)
            let parameters = try #require(plan["parameters"] as? [String: Any])
            #expect(parameters["total"] as? Int == 174_604_259_328)
            let verdict = try #require(plan["verdict"] as? [String: Any])
            #expect(verdict["fit"] as? String == "nothing")
            let work = try #require(plan["work"] as? [String: Any])
            #expect(work["tokens"] as? Int == 300_000_000_000)
        }

        @Test("Sizes replace those of the preset, and machines share the work")
        func sizes() throws {
            let sizes = [
                "--vocabulary", "65", "--width", "384", "--layers", "6", "--heads", "6",
                "--context", "256", "--batch", "64", "--steps", "5000",
            ]
            let workshop = try Workshop()
            let one = try json(workshop.run(["plan", "--json"] + sizes + machine).output)
            let more = try json(
                workshop.run(["plan", "--json", "--machines", "10"] + sizes + machine).output)
            func work(_ plan: [String: Any], _ name: String) throws -> Double {
                try #require((plan["work"] as? [String: Any])?[name] as? Double)
            }
            #expect(one["name"] as? String == "your model")
            #expect(try work(one, "tokens") == 5_000 * 64 * 256)
            #expect(try work(more, "tokens") == 10 * 5_000 * 64 * 256)
            #expect(try workshop.run(["plan"] + sizes + machine).output.contains("10,770,816"))
        }

        @Test("The table has our model beside GPT-2 and GPT-3, as text and as a picture")
        func table() throws {
            let workshop = try Workshop()
            let outcome = try workshop.run(["plan", "--table", "--svg", "t.svg"] + machine)
            #expect(outcome.status == 0)
            for word in ["the course's model", "GPT-2 XL", "GPT-3", "174.6 billion"] {
                #expect(outcome.output.contains(word), "\(word)")
                #expect(try workshop.read("t.svg").contains(word), "\(word)")
            }
        }

        @Test(
            "What makes no sense is one sentence, never a crash",
            arguments: [
                (["--width", "9223372036854775807"], "width"),
                (["--width", "16777216", "--layers", "16777216", "--heads", "1"], "64 bits"),
                (["--layers", "0"], "layers"), (["--layers", "-4"], "layers"),
                (["--heads", "7"], "divisible"), (["--batch", "0"], "--batch"),
                (
                    ["--batch", "4294967296", "--context", "16777216", "--width", "16777216"],
                    "64 bits"
                ),
                (["--steps", "0"], "--steps"), (["--tokens", "-1"], "--tokens"),
                (["--steps", "9223372036854775807"], "64 bits"),
                (["--machines", "0"], "--machines"), (["--gigaflops", "0"], "--gigaflops"),
                (["--gigaflops", "nan"], "--gigaflops"), (["--efficiency", "1.5"], "--efficiency"),
                (["--memory", "-1"], "--memory"), (["--memory", "inf"], "--memory"),
                (["--table", "--svg", "no/such/folder/t.svg"], "cannot be written"),
            ])
        func refused(flags: [String], word: String) throws {
            let given = flags.contains("--gigaflops") ? [] : ["--gigaflops", "100"]
            let outcome = try Workshop().run(["plan"] + given + flags)
            #expect(outcome.status == 1)
            #expect(outcome.errorLines.count == 1)
            #expect(outcome.errors.contains(word), "\(outcome.errors)")
        }

        @Test("Both lengths at once, an unknown preset and words for numbers are mistakes of use")
        func usage() throws {
            let workshop = try Workshop()
            for flags in [
                ["--steps", "1", "--tokens", "1"], ["--preset", "gpt5"], ["--width", "wide"],
                ["--width", "99999999999999999999"],
            ] {
                #expect(try workshop.run(["plan"] + flags).status == 64, "\(flags)")
            }
            #expect(try workshop.run(["plan", "--help"]).output.contains("Examples:"))
        }
    }
}
