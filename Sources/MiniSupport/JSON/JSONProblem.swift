/// What is wrong with a JSON text, and where.
package struct JSONProblem: Error, Equatable, Sendable {
    /// The file, or whatever the text came from.
    package let file: String
    /// The part that was being read: "model.vocab".
    package let entry: String
    /// The byte where it was noticed, from 0.
    package let position: Int
    /// As the end of a sentence: "has a control character in a string".
    package let problem: String
}

/// An error that a mistake in a JSON text becomes: readers throw the error type of whoever reads.
package protocol JSONFailure: Error {
    /// The error for a mistake in a text.
    init(_ problem: JSONProblem)
}

extension JSONProblem: JSONFailure {
    /// The mistake itself.
    package init(_ problem: JSONProblem) { self = problem }
}

extension FileFailure: JSONFailure {
    /// A malformed file, with the entry and the byte.
    package init(_ problem: JSONProblem) {
        self = .malformed(
            path: problem.file, field: problem.entry,
            problem: "\(problem.problem) (byte \(problem.position)).")
    }
}
