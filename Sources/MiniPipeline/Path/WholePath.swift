import Foundation

/// The commands that lead from a text to a model that speaks, in order.
///
/// `minigpt run` gives them one after the other, and shows each: whoever wants something else at one
/// point of the way can give that one command differently.
public struct WholePath: Sendable {
    /// Where the texts come from.
    public enum Origin: Sendable, Equatable {
        /// Files and folders.
        case files([String])
        /// The articles of a category of Wikipedia, so many at most.
        case category(String, language: String, limit: Int)
        /// Articles of Wikipedia.
        case titles([String], language: String)
    }

    /// One command.
    public struct Step: Sendable, Equatable {
        /// The stage it is for.
        public let stage: Stage
        /// What stands after `minigpt` on the command line.
        public let arguments: [String]

        /// The command as a person would type it.
        public var commandLine: String {
            (["minigpt"] + arguments.map(Self.quoted)).joined(separator: " ")
        }

        private static func quoted(_ word: String) -> String {
            let isPlain =
                !word.isEmpty
                && word.unicodeScalars.allSatisfy {
                    ("a"..."z").contains($0) || ("A"..."Z").contains($0)
                        || ("0"..."9").contains($0) || "-_./:,=+%@".unicodeScalars.contains($0)
                }
            return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
        }
    }

    /// Where the texts come from; what is in the project already unless given.
    public var origin: Origin?
    /// Further words for the command that collects.
    public var collecting: [String] = []
    /// How the model is made and trained; chosen by the length of the text unless given.
    public var preset: Preset?
    /// How many steps to train; the preset's unless given.
    public var iterations: Int?
    /// How many tokens the tokenizer makes; the preset's unless given.
    public var vocabularySize: Int?
    /// The name of the run; the preset's unless given.
    public var name: String?
    /// Decides the first weights and the examples.
    public var seed: UInt64?

    /// A path with nothing chosen.
    public init() {}

    /// The command that collects, if there is anything to collect.
    public var collection: Step? {
        switch origin {
        case nil: nil
        case .files(let paths):
            Step(stage: .collect, arguments: ["collect", "files"] + paths + collecting)
        case .category(let category, let language, let limit):
            Step(
                stage: .collect,
                arguments: [
                    "collect", "wikipedia", "--category", category, "--language", language,
                    "--limit", "\(limit)",
                ] + collecting)
        case .titles(let titles, let language):
            Step(
                stage: .collect,
                arguments: ["collect", "wikipedia", "--language", language]
                    + titles.flatMap { ["--title", $0] } + collecting)
        }
    }

    /// The command that cleans.
    public var cleaning: Step { Step(stage: .clean, arguments: ["clean"]) }

    /// The commands after that, for a cleaned text of so many bytes.
    public func steps(forTextOf bytes: Int) -> [Step] {
        let preset = preset ?? Self.preset(forTextOf: bytes)
        var tokenizer = ["tokenizer", "train"]
        if preset == .shakespeareCharacters, vocabularySize == nil {
            tokenizer += ["--kind", "character"]
        } else {
            tokenizer += ["--vocabulary", "\(vocabularySize ?? preset.vocabularySize)"]
        }
        var training = ["train", "--preset", preset.rawValue]
        if let iterations {
            // A short training is tested more often than the preset's, so that its curve shows.
            let interval = min(preset.recipe.validationInterval, max(1, iterations / 10))
            training += [
                "--iterations", "\(iterations)", "--validation-interval", "\(interval)",
            ]
        }
        if let seed { training += ["--seed", "\(seed)"] }
        if let name { training += ["--name", name] }
        return [
            Step(stage: .tokenizer, arguments: tokenizer),
            Step(stage: .prepare, arguments: ["prepare"]),
            Step(stage: .train, arguments: training),
        ]
    }

    /// Words need a text in which most of them occur often; a shorter one is learned by letters.
    private static func preset(forTextOf bytes: Int) -> Preset {
        bytes >= 500_000 ? .course : .shakespeareCharacters
    }
}
