import Foundation
import MiniGPT

/// Looks at the machine and at what this program computes on it.
public struct Doctor: Sendable {
    /// The checks, in the order in which they are made.
    public var checks: [any Check]

    /// A doctor with checks of one's own.
    public init(checks: [any Check]) { self.checks = checks }

    /// Makes all checks.
    ///
    /// - Parameter onFinding: called after each.
    public func examine(onFinding: (Finding) -> Void = { _ in }) -> DoctorReport {
        var findings: [Finding] = []
        for check in checks {
            let finding = Self.examine(check)
            findings.append(finding)
            onFinding(finding)
        }
        return DoctorReport(findings: findings)
    }

    private static func examine(_ check: any Check) -> Finding {
        let clock = ContinuousClock()
        let start = clock.now
        let diagnosis: Diagnosis
        do {
            diagnosis = try check.examine()
        } catch {
            diagnosis = Diagnosis(
                .failure, "\(error)",
                remedy: "Please report this with the findings of all checks.")
        }
        return Finding(
            name: check.name, diagnosis: diagnosis, seconds: (clock.now - start) / .seconds(1))
    }
}

/// The findings of all checks, as they belong in the report of an error.
public struct DoctorReport: Sendable, Codable {
    /// Each check's finding, in order.
    public let findings: [Finding]

    /// Whether no check failed; warnings are allowed.
    public var isHealthy: Bool { !findings.contains { $0.diagnosis.state == .failure } }

    /// The names of the checks that failed.
    public var failures: [String] {
        findings.filter { $0.diagnosis.state == .failure }.map(\.name)
    }
}
