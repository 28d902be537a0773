import Foundation
import MiniGPT

extension Plan {
    /// The plan as lines for people.
    public var text: String {
        let c = configuration
        var lines = [
            "\(name): vocabulary \(Amount.count(c.vocabularySize)), width \(Amount.count(c.width)), \(c.layers) layers, \(c.heads) heads, context \(Amount.count(c.contextLength)), \(batch) at once"
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
                name, Amount.count(count),
                isTied ? "(the token embedding)" : String(format: "%.1f %%", share),
            ])
        }
        table.add(["all", Amount.count(parameters.total), ""])
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
            table.add([name, Amount.bytes(kept[keyPath: part]), Amount.bytes(again[keyPath: part])])
        }
        let reused = [kept, again].map { "−" + Amount.bytes($0.reused) }
        table.add(["memory used twice"] + reused)
        table.add(["all", Amount.bytes(kept.total), Amount.bytes(again.total)])
        return table.text(indent: "  ")
    }

    private var inferenceTable: String {
        var table = TextTable()
        table.add(["", "weights", "cache", "all"])
        for entry in memory.inference {
            table.add([
                entry.format, Amount.bytes(entry.weights), Amount.bytes(entry.cache),
                Amount.bytes(entry.total),
            ])
        }
        return table.text(indent: "  ")
    }

    private var workTable: String {
        var table = TextTable(leading: [0, 1])
        table.add([
            "training on a token", Quantity.operations(work.trainingOperationsPerToken),
        ])
        table.add([
            "reading or writing one", Quantity.operations(work.inferenceOperationsPerToken),
        ])
        table.add([
            "tokens",
            "\(Quantity.count(Double(work.tokens))) in \(Amount.count(work.steps)) steps of \(Amount.count(work.tokensPerStep))",
        ])
        let ratio = Double(work.tokens) / Double(max(1, parameters.total))
        table.add([
            "best by Chinchilla",
            "\(Quantity.count(Double(work.optimalTokens))) tokens, 20 a parameter (here \(Quantity.short(ratio)))",
        ])
        table.add(["in all", Quantity.operations(work.operations)])
        return table.text(indent: "  ")
    }

    private var timeTable: String {
        var table = TextTable(leading: [0, 1])
        let source = machine.isMeasured ? "measured here" : "given"
        let count = machine.count == 1 ? "" : "\(Amount.count(machine.count)) machines, each "
        table.add([
            "machine",
            "\(count)\(Quantity.short(machine.gigaflops)) GFLOP/s (\(source)), of which training reaches \(Int((machine.efficiency * 100).rounded())) %",
        ])
        table.add(["tokens a second", Quantity.rate(time.tokensPerSecond)])
        table.add(["a step", Quantity.duration(time.secondsPerStep)])
        table.add(["in all", Quantity.duration(time.seconds)])
        return table.text(indent: "  ")
    }
}

/// Very large and very small numbers, for people.
package enum Quantity {
    /// `38.5 MFLOP`, `3.14e+23 FLOP`.
    package static func operations(_ value: Double) -> String { scaled(value) + "FLOP" }

    /// `174.6 billion`.
    package static func count(_ value: Double) -> String {
        for (limit, word) in [(1e12, "trillion"), (1e9, "billion"), (1e6, "million")]
        where value >= limit {
            return value >= 1e16 ? short(value) : "\(short(value / limit)) \(word)"
        }
        return Amount.number(value.rounded())
    }

    /// Four digits: `38.53`.
    package static func short(_ value: Double) -> String { String(format: "%.4g", value) }

    /// `3,844`, or `0.012` of slow ones.
    package static func rate(_ value: Double) -> String {
        value >= 10 && value < 1e15 ? Amount.count(Int(value.rounded())) : short(value)
    }

    private static func scaled(_ value: Double) -> String {
        let units = [
            (1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"),
        ]
        if value >= 1e21 { return short(value) + " " }
        for (size, letter) in units where value >= size {
            return "\(short(value / size)) \(letter)"
        }
        return short(value) + " "
    }

    /// `12 ms`, `4.2 s`, `5 min`, `3.1 hours`, `12 days`, `1,234 years`.
    package static func duration(_ seconds: Double) -> String {
        let year = 365.25 * 86_400
        switch seconds {
        case ..<1: return String(format: "%.3g ms", seconds * 1_000)
        case ..<120: return String(format: "%.3g s", seconds)
        case ..<7_200: return String(format: "%.3g minutes", seconds / 60)
        case ..<172_800: return String(format: "%.3g hours", seconds / 3_600)
        case ..<(2 * year): return String(format: "%.3g days", seconds / 86_400)
        case ..<(1e12 * year): return count(seconds / year) + " years"
        default: return short(seconds / year) + " years"
        }
    }
}
