import Foundation
import MiniGPT

/// Conversations to learn from, one JSON object on each line: `{"messages": [{"role", "content"}]}` as
/// OpenAI has it, or `{"prompt", "completion"}`.
public enum ConversationFile {
    /// One conversation and where it stands.
    public struct Entry: Sendable, Equatable {
        /// The number of the line in the file, from 1.
        public var line: Int
        /// The turns of the conversation.
        public var messages: [ChatMessage]
    }

    /// A line that cannot be used.
    public struct Problem: Sendable, Codable, Equatable {
        /// Its number, from 1.
        public var line: Int
        /// What is wrong, as the end of a sentence: "has no answer".
        public var reason: String
    }

    /// Reads a file; lines that cannot be used are told, not skipped silently.
    ///
    /// - Throws: `PipelineError` if the file cannot be read.
    public static func read(
        _ url: URL
    ) throws(PipelineError) -> (entries: [Entry], problems: [Problem]) {
        guard let data = try? Data(contentsOf: url, options: .alwaysMapped) else {
            throw PipelineError("\(url.path) cannot be read.")
        }
        var (entries, problems): ([Entry], [Problem]) = ([], [])
        var number = 0
        for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            switch messages(Data(line)) {
            case .success(let messages): entries.append(Entry(line: number, messages: messages))
            case .failure(let reason):
                problems.append(Problem(line: number, reason: reason.text))
            }
        }
        return (entries, problems)
    }

    private struct Reason: Error {
        let text: String
    }

    private struct Line: Decodable {
        struct Message: Decodable {
            var role: String
            var content: String
        }
        var messages: [Message]?
        var prompt: String?
        var completion: String?
    }

    /// The turns of a line, or what is wrong with it.
    private static func messages(_ data: Data) -> Result<[ChatMessage], Reason> {
        func failure(_ text: String) -> Result<[ChatMessage], Reason> {
            .failure(Reason(text: text))
        }
        let line: Line
        do {
            line = try JSONDecoder().decode(Line.self, from: data)
        } catch DecodingError.keyNotFound(let key, _) {
            return failure("has a message without '\(key.stringValue)'")
        } catch DecodingError.typeMismatch(_, let context) {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return failure(
                path.isEmpty ? "is not a JSON object" : "has a '\(path)' of another kind")
        } catch {
            return failure("is not JSON")
        }
        if let prompt = line.prompt, let completion = line.completion, line.messages == nil {
            return check([ChatMessage(.user, prompt), ChatMessage(.assistant, completion)])
        }
        guard let given = line.messages else {
            return failure("has neither 'messages' nor 'prompt' and 'completion'")
        }
        var messages: [ChatMessage] = []
        for message in given {
            guard let role = ChatMessage.Role(rawValue: message.role) else {
                return failure(
                    "has the role '\(message.role.prefix(40))'; there are system, user and assistant"
                )
            }
            messages.append(ChatMessage(role, message.content))
        }
        return check(messages)
    }

    private static func check(_ messages: [ChatMessage]) -> Result<[ChatMessage], Reason> {
        let answers = messages.filter { $0.role == .assistant }
        if answers.isEmpty { return .failure(Reason(text: "has no answer to learn")) }
        if answers.contains(where: { $0.content.allSatisfy(\.isWhitespace) }) {
            return .failure(Reason(text: "has an empty answer"))
        }
        if messages.dropFirst().contains(where: { $0.role == .system }) {
            return .failure(Reason(text: "has a system message that is not the first"))
        }
        return .success(messages)
    }
}

/// What conversations come to in tokens, for a model.
public struct ConversationData: Sendable {
    /// To train on, and to test on if enough conversations were there.
    public let training: ExampleDataset
    /// The examples to validate on, if there are enough conversations.
    public let validation: ExampleDataset?

    /// Writes conversations as a template has it. The assistant's words and what ends them are
    /// learned; everything else is read only.
    ///
    /// - Parameters:
    ///   - validationShare: the share at the end that is kept for tests; none of fewer than ten.
    /// - Throws: `PipelineError` naming the first lines that do not fit into the context, or that the
    ///   tokenizer cannot express.
    public init(
        _ entries: [ConversationFile.Entry], template: ChatTemplate,
        tokenizer: any TextTokenizer, contextLength: Int, validationShare: Double = 0
    ) throws(PipelineError) {
        var examples: [ExampleDataset.Example] = []
        var problems: [ConversationFile.Problem] = []
        for entry in entries {
            do throws(TokenizerError) {
                let example = try Self.example(entry.messages, template, tokenizer)
                if example.tokens.count > contextLength + 1 {
                    let reason =
                        "has \(example.tokens.count) tokens, but the model looks at \(contextLength)"
                    problems.append(.init(line: entry.line, reason: reason))
                } else {
                    examples.append(example)
                }
            } catch {
                problems.append(.init(line: entry.line, reason: "cannot be written: \(error)"))
            }
        }
        guard problems.isEmpty else { throw ConversationFile.error(problems) }
        guard !examples.isEmpty else { throw PipelineError("There is no conversation to learn.") }
        let held = examples.count < 10 ? 0 : Int(Double(examples.count) * validationShare)
        training = ExampleDataset(Array(examples.dropLast(held)), contextLength: contextLength)
        validation =
            held > 0
            ? ExampleDataset(Array(examples.suffix(held)), contextLength: contextLength) : nil
    }

    /// A conversation as the tokens of one training example.
    package static func example(
        _ messages: [ChatMessage], _ template: ChatTemplate, _ tokenizer: any TextTokenizer
    ) throws(TokenizerError) -> ExampleDataset.Example {
        var example = ExampleDataset.Example(tokens: [], counts: [])
        for piece in template.pieces(messages, answering: false) {
            let tokens = try ChatTemplate.tokens(of: piece, tokenizer)
            example.tokens += tokens
            example.counts += tokens.map { _ in piece.isAnswer }
        }
        return example
    }
}

extension ConversationFile {
    /// All problems in one error: the first ones by name.
    package static func error(_ problems: [Problem], in file: String? = nil) -> PipelineError {
        let place = file.map { " of \($0)" } ?? ""
        let shown = problems.prefix(10).map { "line \($0.line) \($0.reason)" }
        let more = problems.count > 10 ? "; and \(problems.count - 10) more" : ""
        let text = shown.joined(separator: "; ") + more
        return PipelineError(
            "\(problems.count) \(problems.count == 1 ? "line" : "lines")\(place) cannot be learned: \(text). Correct or delete them."
        )
    }
}
