import Foundation
import MiniGPT

extension Plan {
    /// The plan as lines for people.
    public var text: String {
        let c = configuration
        var lines = [
            "\(name): vocabulary \(NumberText.count(c.vocabularySize)), width \(NumberText.count(c.width)), \(c.layers) layers, \(c.heads) heads, context \(NumberText.count(c.contextLength)), \(batch) at once"
        ]
        lines += ["", "Parameters", parameterTable]
        lines += ["", "Memory to train", trainingTable]
        lines += ["", "Memory to talk to it", inferenceTable]
        lines += ["", "Work", workTable]
        lines += ["", "Time", timeTable]
        lines += ["", verdict.sentence]
        return lines.joined(separator: "\n")
    }

    private var parameterTable: String {
        var table = TextTable()
        for (name, count) in parameters.parts {
            let share = 100 * Double(count) / Double(max(1, parameters.total))
            let isTied = name == "head" && count == 0
            table.add([
                name, NumberText.count(count),
                isTied ? "(the token embedding)" : String(format: "%.1f %%", share),
            ])
        }
        table.add(["all", NumberText.count(parameters.total), ""])
        return table.text(indent: "  ")
    }

    private var trainingTable: String {
        var table = TextTable()
        let (kept, again) = (memory.training, memory.recomputingBlocks)
        table.add(["", "kept", "blocks recomputed"])
        let rows: [(String, KeyPath<TrainingMemory, Int>)] = [
            ("weights", \.weights), ("gradients", \.gradients),
            ("averages of AdamW", \.averages), ("activations", \.activations),
            ("workspace", \.workspace),
        ]
        for (name, part) in rows {
            table.add([
                name, NumberText.bytes(kept[keyPath: part]), NumberText.bytes(again[keyPath: part]),
            ])
        }
        let reused = [kept, again].map { "−" + NumberText.bytes($0.reused) }
        table.add(["memory used twice"] + reused)
        table.add(["all", NumberText.bytes(kept.total), NumberText.bytes(again.total)])
        return table.text(indent: "  ")
    }

    private var inferenceTable: String {
        var table = TextTable()
        table.add(["", "weights", "cache", "all"])
        for entry in memory.inference {
            table.add([
                entry.format, NumberText.bytes(entry.weights), NumberText.bytes(entry.cache),
                NumberText.bytes(entry.total),
            ])
        }
        return table.text(indent: "  ")
    }

    private var workTable: String {
        var table = TextTable(leading: [0, 1])
        table.add([
            "training on a token", NumberText.operations(work.trainingOperationsPerToken),
        ])
        table.add([
            "reading or writing one", NumberText.operations(work.inferenceOperationsPerToken),
        ])
        table.add([
            "tokens",
            "\(NumberText.inWords(Double(work.tokens))) in \(NumberText.count(work.steps)) steps of \(NumberText.count(work.tokensPerStep))",
        ])
        let ratio = Double(work.tokens) / Double(max(1, parameters.total))
        table.add([
            "best by Chinchilla",
            "\(NumberText.inWords(Double(work.optimalTokens))) tokens, 20 a parameter (here \(NumberText.short(ratio)))",
        ])
        table.add(["in all", NumberText.operations(work.operations)])
        return table.text(indent: "  ")
    }

    private var timeTable: String {
        var table = TextTable(leading: [0, 1])
        let source = machine.isMeasured ? "measured here" : "given"
        let count = machine.count == 1 ? "" : "\(NumberText.count(machine.count)) machines, each "
        table.add([
            "machine",
            "\(count)\(NumberText.short(machine.gigaflops)) GFLOP/s (\(source)), of which training reaches \(Int((machine.efficiency * 100).rounded())) %",
        ])
        table.add(["tokens a second", NumberText.rate(time.tokensPerSecond)])
        table.add(["a step", NumberText.duration(time.secondsPerStep)])
        table.add(["in all", NumberText.duration(time.seconds)])
        return table.text(indent: "  ")
    }
}
