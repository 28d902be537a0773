import MiniNN
import MiniSupport
import MiniTokenizer

/// Why a model, or a tokenizer, cannot be opened.
public enum OpeningError: Error, Equatable, Sendable {
    // MARK: Nothing is found

    /// There is nothing at a path, and it is no `RUN/best` or `RUN/step-00001200` either.
    case nothing(path: String)
    /// A file cannot be read.
    case unreadable(path: String)
    /// A file is of none of the kinds that hold models; `content` says what it is, as a sentence, if
    /// that is known.
    case notAModel(path: String, content: String?)
    /// A safetensors file, which holds no sizes: its directory is the model.
    case weightsAlone(path: String)
    /// A project in which nothing was trained yet.
    case emptyProject(path: String)
    /// A directory without a model.
    case noModel(directory: String)
    /// `RUN/best`, but no checkpoint of the run was evaluated.
    case noBest(run: String)
    /// `RUN/step-00001200`, but the run has only others.
    case noCheckpoint(run: String, name: String, others: [String])

    // MARK: What is found cannot be used

    /// All checkpoints are damaged, for these reasons.
    case noWholeCheckpoint(directory: String, reasons: [String])
    /// A checkpoint cannot be read, or does not hold what it should.
    case checkpoint(CheckpointError, path: String)
    /// A checkpoint of a kind of model that was not given in `kinds`.
    case unknownKind(String, path: String, known: [String])
    /// The model is none of this library's, but of its own kind.
    case notAGPT(kind: String, path: String)
    /// Weights, or the configuration beside them, cannot be read.
    case weights(InterchangeError, path: String)
    /// A small file beside a model cannot be used; `advice` is what helps, if anything does here.
    case file(path: String, problem: String, advice: String?)
    /// The template for conversations beside a model cannot be used.
    case chat(ChatError)

    // MARK: Tokenizers

    /// There is nothing that could hold a tokenizer.
    case nothingWithTokens(path: String)
    /// A model without a tokenizer; `reason` is the end of a sentence, or empty.
    case noTokenizer(path: String, reason: String)
    /// A SentencePiece model, which was not given a reader.
    case sentencePiece(path: String)
    /// A tokenizer with more tokens than the model knows: another model's.
    case otherTokenizer(path: String, tokens: Int, vocabularySize: Int)
    /// A tokenizer cannot be read.
    case tokenizer(TokenizerError, path: String)
}

extension OpeningError: CustomStringConvertible {
    /// The error as a sentence that names the place and says what to do.
    public var description: String { problem + (advice.map { "; \($0)." } ?? "") }

    /// What is wrong: a whole sentence if there is no `advice`, without its full stop otherwise.
    package var problem: String {
        switch self {
        case .nothing(let path): "There is no model at \(path)."
        case .unreadable(let path): "\(path) cannot be read."
        case .notAModel(let path, .some(let content)): "\(path) is no model. \(content)"
        case .notAModel(let path, nil):
            "\(path) is no model: it is neither a GGUF file nor one of llm.c; directories can be checkpoints, runs, projects or in Hugging Face's layout."
        case .weightsAlone(let path):
            "\(path) holds weights alone; name its directory, with the config.json beside it."
        case .emptyProject(let path): "The project \(path) has no model yet"
        case .noModel(let directory):
            "There is no model in \(directory): no checkpoint, no run, no project, and no config.json with weights"
        case .noBest(let run):
            "No checkpoint of \(run) has a validation loss, so none is the best; name the run itself for its newest."
        case .noCheckpoint(let run, let name, let others):
            "\(run) has no checkpoint \(name), only \(others.joined(separator: ", ")) (and 'best')."
        case .noWholeCheckpoint(let directory, let reasons):
            reasons.count == 1
                ? "\(reasons[0]) Use another checkpoint of the run, or train again."
                : "No checkpoint in \(directory) is whole; train again, or restore one from elsewhere. "
                    + reasons.joined(separator: " ")
        case .checkpoint(let error, let path): error.description.naming(path)
        case .unknownKind(let kind, let path, let known):
            "\(path) holds a model of the kind \(quoted(kind)), but only \(known.joined(separator: ", ")) can be opened"
        case .notAGPT(let kind, let path):
            "\(path) holds a model of the kind \(quoted(kind)), but a GPT is needed."
        case .weights(let error, let path): error.description.naming(path)
        case .file(let path, let problem, _): "\(path) \(problem)"
        case .chat(let error): error.description
        case .nothingWithTokens(let path): "There is no tokenizer at \(path)."
        case .noTokenizer(let path, let reason): "\(path) has no tokenizer\(reason)"
        case .sentencePiece(let path): "\(path) is a SentencePiece model"
        case .otherTokenizer(let path, let tokens, let vocabularySize):
            "The tokenizer has \(tokens) tokens, but the model of \(path) knows \(vocabularySize); use the tokenizer it was trained with."
        case .tokenizer(let error, let path): error.description.naming(path)
        }
    }

    /// What helps, as the end of a sentence, in the words of this library.
    package var advice: String? {
        switch self {
        case .emptyProject: "train one"
        case .noModel: "train one or name another place"
        case .unknownKind: "give its type as one of the kinds"
        case .file(_, _, let advice): advice
        case .noTokenizer: "name the tokenizer to use"
        case .sentencePiece:
            "give a reader for it, `SentencePieceTokenizer.open` of MiniSentencePiece"
        default: nil
        }
    }
}

/// Runs something of the library and passes its error on with what it is about.
func opening<Value, Mistake: Error>(
    _ error: (Mistake) -> OpeningError, _ body: () throws(Mistake) -> Value
) throws(OpeningError) -> Value {
    do { return try body() } catch let mistake { throw error(mistake) }
}
