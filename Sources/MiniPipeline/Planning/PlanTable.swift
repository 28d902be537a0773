import Foundation
import MiniGPT

/// Plans side by side: our model beside GPT-2 and GPT-3.
public struct PlanTable: Sendable {
    /// The models, one in each column.
    public let plans: [Plan]
    /// What is shown of them, without the heading.
    let rows: [(name: String, cells: [String])]

    /// A table of plans for the same machine.
    public init(_ plans: [Plan]) {
        self.plans = plans
        let lines: [(String, (Plan) -> String)] = [
            ("parameters", { NumberText.inWords(Double($0.parameters.total)) }),
            ("layers", { NumberText.count($0.configuration.layers) }),
            ("width", { NumberText.count($0.configuration.width) }),
            ("heads", { NumberText.count($0.configuration.heads) }),
            ("vocabulary", { NumberText.count($0.configuration.vocabularySize) }),
            ("context", { "\(NumberText.count($0.configuration.contextLength)) tokens" }),
            ("training", { Self.length($0) }),
            ("operations a token", { NumberText.operations($0.work.trainingOperationsPerToken) }),
            ("operations in all", { NumberText.operations($0.work.operations) }),
            ("memory to train", { NumberText.bytes($0.memory.training.total) }),
            ("memory to talk", { Self.talk($0) }),
            ("time to train here", { NumberText.duration($0.time.seconds) }),
            ("fits here", { Self.fit($0.verdict.fit) }),
        ]
        rows = lines.map { name, cell in (name, plans.map(cell)) }
    }

    /// A model beside GPT-2, GPT-2 XL and GPT-3.
    public static func course(
        _ own: Plan, on machine: PlanMachine
    ) throws(PipelineError) -> PlanTable {
        var plans = [own]
        for preset in [PlanPreset.gpt2, .gpt2XL, .gpt3] where preset.rawValue != own.name {
            plans.append(try Plan(preset, on: machine))
        }
        return PlanTable(plans)
    }

    /// The names of the columns.
    var titles: [String] {
        plans.map { plan in PlanPreset(rawValue: plan.name)?.title ?? plan.name }
    }

    /// The table for a terminal.
    public var text: String {
        var table = TextTable()
        table.add([""] + titles)
        for row in rows { table.add([row.name] + row.cells) }
        return ([table.text(), ""] + notes).joined(separator: "\n")
    }

    /// What the times are for, and where the tokens are from.
    var notes: [String] {
        guard let machine = plans.first?.machine else { return [] }
        let count =
            machine.count == 1 ? "one machine" : "\(NumberText.count(machine.count)) machines"
        let share = Int((machine.efficiency * 100).rounded())
        var notes = [
            "Here: \(count) of \(NumberText.short(machine.gigaflops)) GFLOP/s, of which training reaches \(share) %, with \(NumberText.bytes(machine.memoryBytes))."
        ]
        if plans.contains(where: Self.isOptimal) {
            notes.append("* 20 tokens for each parameter, as Chinchilla's authors advise.")
        }
        return notes
    }

    private static func isOptimal(_ plan: Plan) -> Bool {
        plan.work.tokens == plan.work.optimalTokens
    }

    private static func length(_ plan: Plan) -> String {
        "\(NumberText.inWords(Double(plan.work.tokens))) tokens\(isOptimal(plan) ? " *" : "")"
    }

    private static func talk(_ plan: Plan) -> String {
        let sizes = plan.memory.inference.map(\.total)
        guard let low = sizes.min(), let high = sizes.max() else { return "" }
        return "\(NumberText.bytes(low)) – \(NumberText.bytes(high))"
    }

    private static func fit(_ fit: PlanVerdict.Fit) -> String {
        switch fit {
        case .training: "yes"
        case .recomputingBlocks: "recomputing"
        case .inference: "to talk only"
        case .nothing: "no"
        }
    }
}
