import Foundation

/// The learning rate of each step, counted from 0.
public enum LearningRateSchedule: Sendable, Codable, Equatable {
    /// The same at every step.
    case constant(Float)
    /// From the peak straight down to the floor at step `total`.
    case linear(peak: Float, warmup: Int = 0, total: Int, floor: Float = 0)
    /// A straight rise over `warmup` steps, then half a cosine down to the floor at step `total`.
    case cosine(peak: Float, warmup: Int = 0, total: Int, floor: Float = 0)
    /// A straight rise, a level stretch, and a straight fall over the last `decay` steps
    /// (Hu et al. 2024, "MiniCPM").
    case warmupStableDecay(peak: Float, warmup: Int = 0, decay: Int, total: Int, floor: Float = 0)

    /// The learning rate of a step.
    public func callAsFunction(_ step: Int) -> Float {
        switch self {
        case .constant(let rate):
            return rate
        case .linear(let peak, let warmup, let total, let floor):
            return risen(step, peak, warmup)
                ?? floor + (peak - floor) * (1 - progress(step, from: warmup, to: total))
        case .cosine(let peak, let warmup, let total, let floor):
            let x = progress(step, from: warmup, to: total)
            return risen(step, peak, warmup)
                ?? floor + (peak - floor) * 0.5 * (1 + cos(Float.pi * x))
        case .warmupStableDecay(let peak, let warmup, let decay, let total, let floor):
            return risen(step, peak, warmup)
                ?? floor + (peak - floor) * (1 - progress(step, from: total - decay, to: total))
        }
    }

    /// The rate during warm-up; never 0, so that the first step counts (nanoGPT).
    private func risen(_ step: Int, _ peak: Float, _ warmup: Int) -> Float? {
        step < warmup ? peak * Float(step + 1) / Float(warmup + 1) : nil
    }

    /// 0 before `start`, 1 from `end` on, even in between.
    private func progress(_ step: Int, from start: Int, to end: Int) -> Float {
        step >= end ? 1 : max(0, Float(step - start) / Float(max(1, end - start)))
    }
}
