import Foundation

/// All stages that lead from a text to a model, one after the other.
///
///     var plan = RunPlan()
///     plan.collection = CollectionRequest(FileSource(["book.txt"]))
///     try await plan.run(in: project) { try await $0.run(in: project) }
///
/// Started again after a break, it does only what is not done yet.
public struct RunPlan: Sendable {
    /// Where the texts come from; what is in the project already unless given.
    public var collection: CollectionRequest?
    /// How the texts are cleaned.
    public var cleaning = CleaningSettings()
    /// How the texts are divided into a training and a validation part.
    public var preparation = Preparation()
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

    /// A plan with nothing chosen.
    public init() {}

    /// The stages after cleaning, for a cleaned text of so many bytes.
    public func requests(forTextOf bytes: Int) -> [StageRequest] {
        let preset = preset ?? Self.preset(forTextOf: bytes)
        return [
            .tokenizer(tokenizer(for: preset)), .prepare(preparation),
            .train(training(for: preset)),
        ]
    }

    private func tokenizer(for preset: Preset) -> TokenizerTraining {
        var training = TokenizerTraining()
        if preset == .shakespeareCharacters, vocabularySize == nil {
            training.kind = .character
        } else {
            training.vocabularySize = vocabularySize ?? preset.vocabularySize
        }
        return training
    }

    private func training(for preset: Preset) -> TrainingRequest {
        var recipe = preset.recipe
        if let iterations {
            recipe.iterations = iterations
            // A short training is tested more often than the preset's, so that its curve shows.
            recipe.validationInterval = min(recipe.validationInterval, max(1, iterations / 10))
        }
        if let seed { recipe.seed = seed }
        return TrainingRequest(
            name: name ?? preset.rawValue, preset: preset.rawValue, recipe: recipe)
    }

    /// Words need a text in which most of them occur often; a shorter one is learned by letters.
    private static func preset(forTextOf bytes: Int) -> Preset {
        bytes >= 500_000 ? .course : .shakespeareCharacters
    }

    /// Runs the stages that are not done yet, in order.
    ///
    /// - Parameters:
    ///   - skip: told of each stage that is done already.
    ///   - perform: runs one stage.
    /// - Throws: `PipelineError` if there is no text and no `collection`, and what `perform` throws.
    public func run(
        in project: Project, isolation: isolated (any Actor)? = #isolation,
        skipping skip: (StageRequest) -> Void = { _ in },
        performing perform: (StageRequest) async throws -> Void
    ) async throws {
        var requests: [StageRequest] = []
        if let collection {
            requests.append(.collect(collection))
        } else if try !project.state(of: .collect).isUsable {
            throw PipelineError("There is no text in \(project.directory.path) yet", .run(.collect))
        }
        requests.append(.clean(cleaning))
        while !requests.isEmpty {
            let request = requests.removeFirst()
            let need = try project.need(of: request)
            if need == .nothing {
                skip(request)
            } else {
                try project.begin(request)
                try await perform(request.adapted(to: need))
            }
            // Only the cleaned text tells which model suits it.
            if request.stage == .clean { requests = self.requests(forTextOf: project.cleanedBytes) }
        }
    }
}

extension Project {
    fileprivate var cleanedBytes: Int {
        (try? text(of: .clean).resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
    }
}

extension StageRequest {
    /// The request as it has to be given: what an earlier run collected is not part of this one, and
    /// a training that was begun goes on.
    fileprivate func adapted(to need: Project.Need) -> StageRequest {
        switch self {
        case .collect(var request):
            request.replaces = need != .nothing
            return .collect(request)
        case .train(var request):
            request.resumes = need == .resume
            return .train(request)
        case .clean, .tokenizer, .prepare: return self
        }
    }
}
