/// What can go wrong with text, training options and tokenizer files.
public enum TokenizerError: Error, Hashable, Sendable {
    /// The vocabulary cannot express a character of the text. `offset` counts Unicode scalars
    /// from the start of the text.
    case unknownCharacter(Unicode.Scalar, offset: Int)

    /// The training options ask for something impossible. `option` names the argument.
    case invalidOption(option: String, reason: String)

    /// A regular expression that cuts text into pieces gave up: the text would have taken too many
    /// steps, as patterns with nested repetitions do.
    case splittingFailed(pattern: String, reason: String)

    /// Training was cancelled by the caller.
    case cancelled

    /// A file could not be opened, read or written. `reason` is the system's message.
    case unreadableFile(file: String, reason: String)

    /// A file's content is not what its format asks for. `entry` names the place: a JSON path, a
    /// line, a token; `byteOffset` is where it was noticed, when the place has one.
    case malformedFile(file: String, entry: String, reason: String, byteOffset: Int?)

    /// A file is well-formed but uses something this library does not do, such as a WordPiece model.
    case unsupported(file: String, entry: String, reason: String)
}

extension TokenizerError: CustomStringConvertible {
    /// One sentence that names the place and says what is wrong.
    public var description: String {
        switch self {
        case .unknownCharacter(let scalar, let offset):
            let code = String(scalar.value, radix: 16, uppercase: true)
            let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
            return
                "The vocabulary has no token for the character \(String(scalar).debugDescription) "
                + "(U+\(padded)) at character \(offset) of the text."
        case .invalidOption(let option, let reason):
            return "Option \(option): \(reason)"
        case .splittingFailed(let pattern, let reason):
            return "The splitting pattern \(pattern) failed. \(reason)"
        case .cancelled:
            return "Training was cancelled."
        case .unreadableFile(let file, let reason):
            return "\(file): \(reason)"
        case .malformedFile(let file, let entry, let reason, let byteOffset):
            let place = byteOffset.map { " (byte \($0))" } ?? ""
            return "\(file), \(entry)\(place): \(reason)"
        case .unsupported(let file, let entry, let reason):
            return "\(file), \(entry): \(reason)"
        }
    }
}
