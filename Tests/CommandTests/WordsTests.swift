import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline
import Testing

@testable import MiniGPTCommand

/// Between typed values and words: what the pipeline says becomes flags and commands here alone.
@Suite("Words of the command line")
struct WordsTests {
    private let requests: [StageRequest] = {
        var files = FileSource(["/texts/a book.txt", "/texts/b"], largestFile: 2_000_000)
        files.license = "my own"
        var articles = CollectionRequest(
            WikipediaSource(
                .category("Physique", depth: 2), limit: 7, language: "fr",
                address: "http://127.0.0.1:9/api.php"),
            contact: "me@example.org")
        (articles.pace.interval, articles.pace.firstWait) = (0.25, 0.5)
        articles.replaces = true
        var cleaning = CleaningSettings()
        (cleaning.normalization, cleaning.markup, cleaning.headings) = (.nfkc, .all, .drop)
        (cleaning.filters, cleaning.languages) = (.none, ["en", "fr"])
        (cleaning.dropsDuplicates, cleaning.nearDuplicates) = (false, 0.5)
        (cleaning.quality.minimumWords, cleaning.quality.mostRepeatedLines) = (9, 0.75)
        var tokenizer = TokenizerTraining()
        (tokenizer.vocabularySize, tokenizer.splitting) = (777, .gpt4)
        (tokenizer.specialTokens, tokenizer.minimumFrequency) = (["<a>", "<b>"], 3)
        var characters = TokenizerTraining()
        characters.kind = .character
        var preparation = Preparation()
        (preparation.validationShare, preparation.seed) = (0.25, 3)
        var recipe = Preset.gpt2.recipe
        (recipe.iterations, recipe.learningRate, recipe.prompt) = (12, 0.0123, "It's -- so")
        (recipe.recomputeBlocks, recipe.saveSeconds, recipe.seed) = (false, 1.5, .max)
        return [
            .collect(CollectionRequest(files)), .collect(articles), .clean(CleaningSettings()),
            .clean(cleaning), .tokenizer(tokenizer), .tokenizer(characters),
            .prepare(Preparation()), .prepare(preparation),
            .train(TrainingRequest(name: "mine", preset: "gpt2", recipe: recipe)),
            .train(TrainingRequest(name: "tiny", preset: "tiny", recipe: Preset.tiny.recipe)),
        ]
    }()

    @Test("The command line that is shown for a stage asks for the same when it is given")
    func roundTrip() throws {
        for request in requests {
            let command = try MiniGPTCommand.parseAsRoot(request.words)
            let read: StageRequest
            switch command {
            case let command as CollectFiles: read = .collect(command.request)
            case let command as CollectWikipedia: read = .collect(try command.request())
            case let command as Clean: read = .clean(command.settings)
            case let command as TokenizerTrain: read = .tokenizer(command.training)
            case let command as Prepare: read = .prepare(command.preparation)
            case let command as Train: read = .train(try command.request().0)
            default:
                Issue.record("\(request.words) is another command")
                continue
            }
            #expect(try read.settings() == request.settings(), "\(request.words)")
            #expect(read.words == request.words)
        }
    }

    @Test("Every setting that an error can name is a flag of a command")
    func flags() {
        let commands: [any ParsableCommand.Type] = [
            Train.self, Prepare.self, TokenizerTrain.self, Evaluate.self, FineTune.self,
            PlanCommand.self, CollectWikipedia.self, Generate.self, DoctorCommand.self,
        ]
        let help = commands.map { MiniGPTCommand.helpMessage(for: $0, columns: 200) }.joined()
        // `checkpoints` is a setting of the example TrainShakespeare.
        for setting in Setting.allCases where setting != .checkpoints {
            let isFlag = [" ", "/"].contains { help.contains(setting.flag + $0) }
            #expect(isFlag, "\(setting)")
        }
    }

    @Test("Errors name flags and commands, each as the end of a sentence")
    func remedies() {
        let cases: [(PipelineError, String)] = [
            (
                PipelineError("a is gone", .repeat(.clean)),
                "a is gone; clean again with `minigpt clean`."
            ),
            (
                PipelineError("No tokens", .run(.tokenizer)),
                "No tokens; run `minigpt tokenizer train` first."
            ),
            (
                PipelineError("a is there", .permit(.replacement), .change("another", [.name])),
                "a is there; add --force to replace it or choose another --name."
            ),
            (
                PipelineError(
                    "a has checkpoints", .permit(.resumption), .advice("delete them"),
                    .change("another", [.name])),
                "a has checkpoints; go on from it with --resume, delete them, or choose another --name."
            ),
            (
                PipelineError("It is large", .change("a smaller", [.width, .layers, .batch])),
                "It is large; choose a smaller --width, --layers or --batch."
            ),
            (
                PipelineError(.learningRate, "is 0, but must be above 0."),
                "--learning-rate is 0, but must be above 0."
            ),
        ]
        for (error, sentence) in cases {
            #expect(error.commandSentence == sentence)
            #expect(!error.description.contains("--") && !error.description.contains("minigpt"))
        }
    }
}
