import Foundation
import MiniGPT

/// What a plan is for: a number of equal machines.
public struct PlanMachine: Sendable, Codable, Equatable {
    /// How many machines there are. Each holds the whole model and its own part of a batch.
    public var count: Int
    /// Billions of floating-point operations a second of large matrix products, of each.
    public var gigaflops: Double
    /// Whether `gigaflops` was measured on this machine.
    public var isMeasured: Bool
    /// The share of `gigaflops` that a training reaches.
    public var efficiency: Double
    /// The memory of each machine, in bytes.
    public var memoryBytes: Int
    /// The memory that is free now, in bytes; `nil` if the plan is for another machine.
    public var availableBytes: Int?

    /// What trainings of this library reach of the measured peak: 0.66 to 0.8, see
    /// `Documentation/Performance.md`.
    public static let usualEfficiency = 0.7

    /// A number of equal machines.
    public init(
        count: Int = 1, gigaflops: Double, isMeasured: Bool = false,
        efficiency: Double = usualEfficiency, memoryBytes: Int, availableBytes: Int? = nil
    ) {
        self.count = count
        self.gigaflops = gigaflops
        self.isMeasured = isMeasured
        self.efficiency = efficiency
        self.memoryBytes = memoryBytes
        self.availableBytes = availableBytes
    }

    /// Operations a second of a training on all of them.
    public var operationsPerSecond: Double { Double(count) * gigaflops * 1e9 * efficiency }

    /// Checks numbers that came from a user.
    ///
    /// - Throws: `PipelineError` that names the setting.
    public func validate() throws(PipelineError) {
        guard count >= 1, count <= 1 << 32 else {
            throw PipelineError(.machines, "is \(count), but must be from 1 to \(1 << 32).")
        }
        guard gigaflops > 0, gigaflops <= 1e12 else {
            throw PipelineError(
                .gigaflops, "is \(gigaflops), but must be above 0 and at most 1e12.")
        }
        guard efficiency > 0, efficiency <= 1 else {
            throw PipelineError(.efficiency, "is \(efficiency), but must be above 0 and at most 1.")
        }
        guard memoryBytes > 0 else {
            throw PipelineError(.memory, "is \(memoryBytes) bytes, but must be above 0.")
        }
    }
}
