import MiniGPT

extension PipelineError {
    /// An error of opening a model or a tokenizer, with the stages and settings that help.
    public init(_ error: OpeningError) {
        let problem = error.problem
        switch error {
        case .emptyProject: self.init(problem, .lookAtStatus)
        case .noModel: self.init(problem, .run(.train), .advice("name another place"))
        case .noTokenizer: self.init(problem, .provide(.tokenizer))
        case .unknownKind:
            self.init(problem, .advice("use the program that it was trained with"))
        case .file(_, _, .some(let advice)): self.init(problem, .advice(advice))
        case .chat(let error): self.init(error)
        default: self.init(error.description)
        }
    }

    /// An error of a conversation, with what helps.
    public init(_ error: ChatError) {
        if case .unusableFile(let path, let problem, .some(let advice)) = error {
            self.init("\(path) \(problem)", .advice(advice))
        } else {
            self.init(error.description)
        }
    }
}

/// Opens something and says in an error which stages and settings help.
func opening<Value>(
    _ body: () throws(OpeningError) -> Value
) throws(PipelineError) -> Value {
    do { return try body() } catch { throw PipelineError(error) }
}

/// Does something with a conversation and says in an error what helps.
package func chatting<Value>(
    _ body: () throws(ChatError) -> Value
) throws(PipelineError) -> Value {
    do { return try body() } catch { throw PipelineError(error) }
}
