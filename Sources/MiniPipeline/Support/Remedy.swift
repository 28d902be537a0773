/// What helps against a `PipelineError`, for the program around the pipeline to offer in its own way:
/// as a command to give, a button, a setting to change.
public enum Remedy: Sendable, Equatable {
    /// Do a stage, which has not been done yet.
    case run(Stage)
    /// Do a stage again: its files are damaged, or what it read has changed.
    case `repeat`(Stage)
    /// Go on with a stage that was begun, with the settings it was begun with.
    case resume(Stage)
    /// Set what was not set: "name a tokenizer".
    case provide(Setting)
    /// Set something to another value, with how it should differ: "a smaller", "another".
    case change(String, [Setting])
    /// Set the switch that permits it.
    case permit(Permission)
    /// Look at how far the project has come, which says what is next.
    case lookAtStatus
    /// Something to do outside this program, as the end of a sentence: "delete it".
    case advice(String)

    /// What a caller can permit a stage to do.
    public enum Permission: String, Sendable, CaseIterable {
        /// Take the place of what an earlier run left.
        case replacement
        /// Drop what was collected before.
        case recollection
        /// Go on from the newest checkpoint.
        case resumption
        /// Go on although settings or texts are not those of the checkpoint.
        case changes
    }
}

extension Remedy: CustomStringConvertible {
    /// The remedy as the end of a sentence, in the words of any program.
    public var description: String { text(naming: \.description) }

    /// The remedy as the end of a sentence, with a program's own names for the settings.
    public func text(naming name: (Setting) -> String) -> String {
        switch self {
        case .run(let stage): "do the stage '\(stage.rawValue)' first"
        case .repeat(let stage): stage.repetition
        case .resume(.collect): "the same collection goes on where it was"
        case .resume: "go on from the newest checkpoint"
        case .provide(let setting): "name the \(name(setting)) to use"
        case .change(let how, let settings): "choose \(how) \(Self.list(settings.map(name)))"
        case .permit(.replacement): "allow it to be replaced"
        case .permit(.recollection): "collect everything again"
        case .permit(.resumption): "resume it"
        case .permit(.changes): "allow the changes"
        case .lookAtStatus: "the project's status says what comes next"
        case .advice(let text): text
        }
    }

    private static func list(_ names: [String]) -> String {
        guard names.count > 1, let last = names.last else { return names.joined() }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension Stage {
    /// Doing the stage again, as the end of a sentence.
    public var repetition: String {
        switch self {
        case .collect: "collect again"
        case .clean: "clean again"
        case .tokenizer: "train the tokenizer again"
        case .prepare: "make the tokens again"
        case .train, .fineTune: "go on from the previous checkpoint"
        }
    }
}
