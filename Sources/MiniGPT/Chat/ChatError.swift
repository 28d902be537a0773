import Foundation
import MiniSupport
import MiniTokenizer

/// Why a conversation cannot be answered, or the file of one, or of a template, cannot be used.
public enum ChatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not even the last question fits into the context, with the system's words before it if there
    /// are any. `limit` is how many tokens the two may have.
    case tooLong(tokens: Int, limit: Int, contextLength: Int, hasSystemText: Bool)
    /// The tokenizer cannot express the conversation.
    case tokenizer(TokenizerError)
    /// The answer cannot be generated.
    case generation(GenerationError)
    /// A file of a conversation or a template cannot be read, is damaged or of a later version;
    /// `advice` is what helps, if anything does here: "delete it".
    case unusableFile(path: String, problem: String, advice: String?)
    /// A file cannot be written.
    case unwritableFile(String)

    /// The error as a sentence that says what to do.
    public var description: String {
        switch self {
        case .tooLong(let tokens, let limit, let contextLength, let hasSystemText):
            let what = hasSystemText ? "message and the system's words have" : "message has"
            return
                "Your \(what) \(tokens) tokens, but of the model's context of \(contextLength) only \(limit) are free for them; make it shorter."
        case .tokenizer(let error): return error.description
        case .generation(let error): return error.description
        case .unusableFile(let path, let problem, let advice):
            return "\(path) \(problem)" + (advice.map { "; \($0)." } ?? "")
        case .unwritableFile(let sentence): return sentence
        }
    }

    init(_ failure: FileFailure) { self = .unwritableFile(failure.description) }

    /// Reads a value from a file of JSON.
    static func reading<Value: Decodable>(
        _ type: Value.Type, from url: URL, advice: String
    ) throws(ChatError) -> Value {
        do {
            return try CodableFile.read(type, from: url)
        } catch {
            throw .unusableFile(path: error.path, problem: error.problem, advice: advice)
        }
    }

    /// Writes a value to a file of JSON, whole or not at all.
    static func writing(_ value: some Encodable, to url: URL) throws(ChatError) {
        do { try CodableFile.write(value, to: url) } catch { throw ChatError(error) }
    }
}
