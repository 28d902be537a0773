import Foundation

/// Whether a model can be trained, or at least talked to, in the memory there is.
public struct PlanVerdict: Sendable, Codable, Equatable {
    /// How much of training and inference fits in the memory.
    public enum Fit: String, Sendable, Codable {
        /// The model can be trained.
        case training
        /// The model can be trained with recomputation of its blocks.
        case recomputingBlocks = "recomputing-blocks"
        /// The model can generate, in some weight format, but not be trained.
        case inference
        /// The model can neither be trained nor generate.
        case nothing
    }

    /// How much of training and inference fits in the memory.
    public let fit: Fit
    /// The verdict as a sentence, with what to do.
    public let sentence: String

    init(_ memory: Plan.Memory, _ machine: PlanMachine) {
        let room = machine.memoryBytes
        let has = "the \(NumberText.bytes(room)) of \(machine.name)"
        let needed = NumberText.bytes(memory.training.total)
        let recomputing = NumberText.bytes(memory.recomputingBlocks.total)
        let smallest = memory.smallestInference
        let talk =
            smallest.map { "\(NumberText.bytes($0.total)) with weights as \($0.format)" } ?? ""
        if memory.training.total <= room {
            fit = .training
            let isTight = (machine.availableBytes ?? room) < memory.training.total
            sentence =
                "Training fits: it needs \(needed) of \(has)."
                + (isTight ? " Less is free now; end other programs first." : "")
        } else if memory.recomputingBlocks.total <= room {
            fit = .recomputingBlocks
            sentence =
                "Training fits with recomputed blocks only: it needs \(recomputing) of \(has) then, and \(needed) without."
        } else if let smallest, smallest.total <= room {
            fit = .inference
            sentence =
                "Training does not fit: it needs \(recomputing) even with recomputed blocks, more than \(has). Talking to it does: \(talk)."
        } else {
            fit = .nothing
            sentence =
                "It does not fit: training needs \(recomputing) even with recomputed blocks, more than \(has), and talking to it \(talk)."
        }
    }
}

extension PlanMachine {
    /// "this machine", or "each machine".
    var name: String { count == 1 && availableBytes != nil ? "this machine" : "each machine" }
}
