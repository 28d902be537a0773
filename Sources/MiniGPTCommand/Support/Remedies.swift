import ArgumentParser
import MiniPipeline

// The one place in which errors and next steps of the pipeline become flags and commands.

extension Setting {
    /// The flag that sets it: `--learning-rate`.
    var flag: String { "--\(rawValue)" }
}

extension Stage {
    /// The command that does it: `minigpt tokenizer train`.
    var command: String {
        self == .tokenizer ? "minigpt tokenizer train" : "minigpt \(rawValue)"
    }
}

extension PipelineError {
    /// The error as sentences that name flags and commands.
    var commandSentence: String { sentence(naming: \.flag) { $0.commandText } }
}

/// Checks settings that came from flags: what the pipeline refuses is a mistake of use.
func checkingSettings(_ check: () throws(PipelineError) -> Void) throws {
    do { try check() } catch { throw ValidationError(error.commandSentence) }
}

extension Remedy {
    /// The remedy as the end of a sentence, with the flag or the command that does it.
    var commandText: String {
        switch self {
        case .run(let stage): "run `\(stage.command)` first"
        case .repeat(.train): "\(Stage.train.repetition) with `\(Stage.train.command) --resume`"
        case .repeat(.fineTune):
            "\(Stage.fineTune.repetition) with `\(Stage.fineTune.command) --resume`"
        case .repeat(let stage): "\(stage.repetition) with `\(stage.command)`"
        case .resume(.collect): "the same `\(Stage.collect.command)` goes on"
        case .resume(let stage): "go on with `\(stage.command) --resume`"
        case .provide(let setting): "name one with \(setting.flag)"
        case .permit(.replacement): "add --force to replace it"
        case .permit(.recollection): "collect everything again with `--replace`"
        case .permit(.resumption): "go on from it with --resume"
        case .permit(.changes): "go on all the same with --allow-changes"
        case .lookAtStatus: "`minigpt status` says what comes next"
        case .change, .advice: text(naming: \.flag)
        }
    }
}

extension ProjectStatus.Next {
    /// The command that does it.
    var command: String {
        switch self {
        case .run(.collect): "\(Stage.collect.command) --help"
        case .run(let stage): stage.command
        case .resume(let stage): "\(stage.command) --resume"
        case .chat: "minigpt chat"
        }
    }
}
