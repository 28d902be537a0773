import Foundation
import TestSupport
import Testing

/// The suites of the examples. They start programs that use all processors, so one at a time.
@Suite(.serialized) enum Example {}

extension Workshop {
    /// A folder for the example that trains.
    convenience init() throws { try self.init("TrainShakespeare") }

    /// What most tests do not care about, made small.
    static let small = [
        "--iterations", "20", "--width", "32", "--layers", "2", "--heads", "2", "--context", "16",
        "--batch", "4", "--warmup", "4", "--validation-interval", "10", "--sample", "60",
    ]
}
