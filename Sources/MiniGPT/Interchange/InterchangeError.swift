import MiniSupport

/// Why a file of weights could not be read or written.
public enum InterchangeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system refused a file operation, or the file ended early.
    case file(path: String, problem: String)
    /// The file breaks the rules of its format.
    case malformed(path: String, field: String, problem: String)
    /// The file or the model is sound, but holds something this library or the format cannot do.
    case unsupported(path: String, field: String, problem: String)
    /// The names or shapes in the file are not those of the model.
    case weights(WeightMismatch)

    /// The error as a sentence that names the file and the field.
    public var description: String {
        switch self {
        case .file(let path, let problem):
            "\(path): \(problem)"
        case .malformed(let path, let field, let problem):
            "\(path) is damaged or not what it claims to be: \(field) \(problem)"
        case .unsupported(let path, let field, let problem):
            "\(path) cannot be used: \(field) \(problem)"
        case .weights(let mismatch):
            mismatch.description
        }
    }
}

/// Every difference between the weights a model needs and those a file has.
public struct WeightMismatch: Error, Equatable, Sendable, CustomStringConvertible {
    /// A weight of another shape than the model's.
    public struct Misshapen: Equatable, Sendable {
        /// Its name in the file.
        public let name: String
        /// The shape the model needs.
        public let expected: [Int]
        /// The shape in the file.
        public let found: [Int]
    }

    /// A weight that is not made of floating-point numbers this library reads.
    public struct WrongType: Equatable, Sendable {
        /// Its name in the file.
        public let name: String
        /// The file's word for the type.
        public let type: String
    }

    /// The file or directory.
    public let path: String
    /// Names the model needs and the file does not have.
    public internal(set) var missing: [String] = []
    /// Names the file has and the model does not know.
    public internal(set) var unexpected: [String] = []
    /// Weights of the wrong shape.
    public internal(set) var misshapen: [Misshapen] = []
    /// Weights of a type that cannot be read.
    public internal(set) var wrongTypes: [WrongType] = []

    init(path: String) { self.path = path }

    var isEmpty: Bool {
        missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty && wrongTypes.isEmpty
    }

    /// All of them, a line for each kind.
    public var description: String {
        var lines = ["\(path): the weights are not those of the model."]
        if !missing.isEmpty {
            lines.append("Missing (\(missing.count)): " + missing.joined(separator: ", "))
        }
        if !unexpected.isEmpty {
            let names = unexpected.map(quoted).joined(separator: ", ")
            lines.append("Unexpected (\(unexpected.count)): " + names)
        }
        for weight in misshapen {
            lines.append(
                "\(weight.name) has shape \(weight.found), but the model needs \(weight.expected).")
        }
        for weight in wrongTypes {
            lines.append("\(weight.name) has type \(weight.type), which cannot be read as numbers.")
        }
        return lines.joined(separator: "\n")
    }
}

extension InterchangeError {
    init(_ failure: FileFailure) {
        switch failure {
        case .file(let path, let problem):
            self = .file(path: path, problem: problem)
        case .malformed(let path, let field, let problem):
            self = .malformed(path: path, field: field, problem: problem)
        case .unsupported(let path, let field, let problem):
            self = .unsupported(path: path, field: field, problem: problem)
        }
    }
}

/// Runs `body` and turns failures of files into errors of interchange.
func asInterchangeError<Result>(
    _ body: () throws(FileFailure) -> Result
) throws(InterchangeError) -> Result {
    do throws(FileFailure) {
        return try body()
    } catch {
        throw InterchangeError(error)
    }
}
