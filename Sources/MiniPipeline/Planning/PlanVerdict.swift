import Foundation

/// Whether a model can be trained, or at least talked to, in the memory there is.
public struct PlanVerdict: Sendable, Codable, Equatable {
    /// How far it fits.
    public enum Fit: String, Sendable, Codable {
        /// It can be trained.
        case training
        /// It can be trained if blocks are done again for their gradients.
        case recomputingBlocks = "recomputing-blocks"
        /// It can be talked to, in some format, but not trained.
        case inference
        /// Not even that.
        case nothing
    }

    /// How far it fits.
    public let fit: Fit
    /// The same as a sentence, with what to do.
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
