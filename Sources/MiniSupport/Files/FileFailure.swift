/// Why a file could not be read, written or used.
///
/// Each library that people import has an error type of its own and turns these into it.
package enum FileFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system refused a file operation, or the file ended early.
    case file(path: String, problem: String)
    /// The file breaks the rules of its format.
    case malformed(path: String, field: String, problem: String)
    /// The file is sound, but holds something that this package cannot do.
    case unsupported(path: String, field: String, problem: String)

    /// The failure as a sentence that names the file and the field.
    package var description: String {
        switch self {
        case .file(let path, let problem):
            "\(path): \(problem)"
        case .malformed(let path, let field, let problem):
            "\(path) is damaged or not what it claims to be: \(field) \(problem)"
        case .unsupported(let path, let field, let problem):
            "\(path) cannot be used: \(field) \(problem)"
        }
    }
}
