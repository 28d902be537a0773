import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

extension PlanPreset: ExpressibleByArgument {}

/// `minigpt plan`: what a training takes, before it is begun.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Says what a model takes: parameters, memory, operations, time.",
        discussion: """
            For any sizes up to those of GPT-3 and beyond. Sizes that are given replace those of the \
            preset. Nothing is made or downloaded; the speed of this machine is measured in about a \
            tenth of a second unless --gigaflops is given.

            Memory is an upper estimate, usually within a tenth of what a training takes. With several \
            machines each holds the whole model and its own part of a step.

            Examples:
              minigpt plan
              minigpt plan --preset gpt2
              minigpt plan --width 384 --layers 6 --heads 6 --context 256 --batch 64 --steps 5000
              minigpt plan --preset gpt3 --machines 1024 --gigaflops 100000 --efficiency 0.4 --memory 80
              minigpt plan --table --svg models.svg
            """)

    @Option(help: ArgumentHelp("The model to start from.", valueName: "name"))
    var preset: PlanPreset = .course

    @OptionGroup(title: "Sizes") var sizes: PlanSizes
    @OptionGroup(title: "Machines") var machines: PlanMachines

    @Flag(help: "A table of the model beside GPT-2, GPT-2 XL and GPT-3.") var table = false

    @Option(
        help: ArgumentHelp("Write the table as a picture, to this file.", valueName: "file"))
    var svg: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let machine = try threads.run { try machines.machine() }
        let plan = try sizes.plan(preset, on: machine)
        guard table || svg != nil else { return try output.show(plan, text: plan.text) }
        let table = try PlanTable.course(plan, on: machine)
        if let svg {
            do {
                try Data(table.svg.utf8).write(to: URL(fileURLWithPath: svg), options: .atomic)
            } catch {
                throw PipelineError(
                    "\(svg) cannot be written: \(error.localizedDescription) Name another file.")
            }
            output.note("The table is in \(svg).")
        }
        if self.table || output.json { try output.show(table.plans, text: table.text) }
    }
}

/// Sizes that replace those of the preset.
struct PlanSizes: ParsableArguments {
    @Option(parsing: .unconditional, help: "How many different tokens there are.")
    var vocabulary: Int?

    @Option(parsing: .unconditional, help: "The length of the vector of one position.")
    var width: Int?

    @Option(parsing: .unconditional, help: "The number of transformer blocks.")
    var layers: Int?

    @Option(parsing: .unconditional, help: "Attention heads in each block.")
    var heads: Int?

    @Option(parsing: .unconditional, help: "Tokens the model can look at.")
    var context: Int?

    @Option(parsing: .unconditional, help: "Sequences that a machine holds at once.")
    var batch: Int?

    @Option(parsing: .unconditional, help: "How many steps to train.")
    var steps: Int?

    @Option(
        parsing: .unconditional,
        help: "How many tokens to train on. (default: the preset's, or 20 a parameter)")
    var tokens: Int?

    @Flag(help: "A head with its own table, not that of the token embedding.")
    var untied = false

    func validate() throws {
        if steps != nil, tokens != nil {
            throw ValidationError("--steps and --tokens say the same; give one of them.")
        }
    }

    /// The plan of the preset with these sizes.
    func plan(_ preset: PlanPreset, on machine: PlanMachine) throws(PipelineError) -> Plan {
        let base = preset.configuration
        var c = base
        c.vocabularySize = vocabulary ?? base.vocabularySize
        c.contextLength = context ?? base.contextLength
        c.layers = layers ?? base.layers
        c.heads = heads ?? base.heads
        c.width = width ?? base.width
        c.tiesEmbeddings = !untied
        let isPreset = c == base
        var length = isPreset ? preset.length : .optimal
        if let steps { length = .steps(steps) }
        if let tokens { length = .tokens(tokens) }
        return try Plan(
            isPreset ? preset.rawValue : "your model", c, batch: batch ?? preset.batch,
            length: length, on: machine)
    }
}

/// What the plan is for.
struct PlanMachines: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "How many machines share the work, all alike.")
    var machines = 1

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Billions of operations a second of each, in large matrix products. (default: measured)",
            valueName: "number"))
    var gigaflops: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The share of it that training reaches.", valueName: "share"))
    var efficiency = PlanMachine.usualEfficiency

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The memory of each, in gigabytes. (default: this machine's)", valueName: "number"))
    var memory: Double?

    /// The machines, measured here where nothing is given.
    func machine() throws(PipelineError) -> PlanMachine {
        let here = SystemMemory()
        if let memory, !(memory > 0 && memory <= 1e9) {
            throw PipelineError("--memory is \(memory), but must be above 0 and at most 1e9.")
        }
        var machine = PlanMachine(
            count: machines, gigaflops: gigaflops ?? 1, isMeasured: gigaflops == nil,
            efficiency: efficiency, memoryBytes: memory.map { Int($0 * 1e9) } ?? here.usable,
            availableBytes: memory == nil ? here.available : nil)
        try machine.validate()
        if gigaflops == nil { machine.gigaflops = Compute.measurePeak() }
        return machine
    }
}
