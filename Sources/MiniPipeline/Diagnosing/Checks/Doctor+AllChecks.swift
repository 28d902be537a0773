import Foundation
import MiniTensor

extension Doctor {
    /// All checks there are.
    ///
    /// - Parameter folder: where files are written for a moment: the project's directory.
    public init(folder: URL) {
        let sets: [any Check] = KernelAccuracy.available.map(KernelAccuracyCheck.init)
        self.init(
            checks: [
                VersionCheck(), ProcessorCheck(), KernelCheck(), LimitCheck(), EnvironmentCheck(),
                MatrixSpeedCheck(), MemorySpeedCheck(), MemoryCheck(), DiskCheck(folder: folder),
            ] + sets
                + [
                    OperationGradientCheck(), ModelGradientCheck(), ThreadCheck(), FormatCheck(),
                    CheckpointCheck(folder: folder),
                ])
    }
}
