import MiniGPT
import MiniPipeline

// The command line that does what a stage's request asks for: shown by `minigpt run`, so that whoever
// wants something else at one point can give that one command differently.

extension StageRequest {
    /// The words after `minigpt`.
    var words: [String] {
        switch self {
        case .collect(let request): ["collect"] + request.words
        case .clean(let settings): ["clean"] + settings.words
        case .tokenizer(let training): ["tokenizer", "train"] + training.words
        case .prepare(let preparation): ["prepare"] + preparation.words
        case .train(let request): ["train"] + request.words
        }
    }
}

/// A flag with its value, if that is not the one the command has by itself.
private func flag<Value: Equatable>(
    _ name: String, _ value: Value, unless usual: Value
) -> [String] {
    value == usual ? [] : ["--\(name)", "\(value)"]
}

extension CollectionRequest {
    fileprivate var words: [String] {
        var words: [String]
        switch source {
        case let source as FileSource:
            words = ["files"] + source.paths
            if let license = source.license { words += ["--license", license] }
            words += flag("largest", source.largestFile / 1_000_000, unless: 1000)
        case let source as WikipediaSource:
            words = ["wikipedia"] + source.words
        default:
            words = source.settings.sorted { $0.key < $1.key }.flatMap {
                ["--\($0.key)", $0.value]
            }
        }
        if let contact { words += ["--contact", contact] }
        let usual = Pace()
        words += flag("interval", pace.interval, unless: usual.interval)
        words += flag("retry-wait", pace.firstWait, unless: usual.firstWait)
        if replaces { words.append("--replace") }
        return words
    }
}

extension WikipediaSource {
    fileprivate var words: [String] {
        let place =
            ["--language", language]
            + flag("api-url", address, unless: WikipediaSource.wikipedia)
        switch selection {
        case .titles(let titles):
            return titles.flatMap { ["--title", $0] } + place
                + flag("limit", limit, unless: titles.count)
        case .category(let name, let depth):
            return ["--category", name] + place + ["--limit", "\(limit)"]
                + flag("depth", depth, unless: 0)
        case .search(let text): return ["--search", text] + place + ["--limit", "\(limit)"]
        case .random: return ["--random"] + place + ["--limit", "\(limit)"]
        }
    }
}

extension CleaningSettings {
    fileprivate var words: [String] {
        let usual = CleaningSettings()
        return flag("unicode", normalization.rawValue, unless: usual.normalization.rawValue)
            + flag("markup", markup.rawValue, unless: usual.markup.rawValue)
            + flag("headings", headings.rawValue, unless: usual.headings.rawValue)
            + flag("language", languages.joined(separator: ","), unless: "")
            + flag("filters", filters.rawValue, unless: usual.filters.rawValue)
            + flag("minimum-words", quality.minimumWords, unless: usual.quality.minimumWords)
            + flag(
                "repeated-lines", quality.mostRepeatedLines,
                unless: usual.quality.mostRepeatedLines)
            + flag("near-duplicates", nearDuplicates, unless: usual.nearDuplicates)
            + (dropsDuplicates ? [] : ["--keep-duplicates"])
    }
}

extension TokenizerTraining {
    fileprivate var words: [String] {
        let usual = TokenizerTraining()
        let size =
            kind == .character ? ["--kind", kind.rawValue] : ["--vocabulary", "\(vocabularySize)"]
        let roles = usual.specialTokens
        let hasRoles = specialTokens.starts(with: roles)
        let special = hasRoles ? specialTokens.dropFirst(roles.count) : specialTokens[...]
        return size + flag("splitting", splitting.name, unless: usual.splitting.name)
            + (hasRoles ? [] : ["--no-roles"]) + special.flatMap { ["--special", $0] }
            + flag("minimum-frequency", minimumFrequency, unless: usual.minimumFrequency)
    }
}

extension Preparation {
    fileprivate var words: [String] {
        let usual = Preparation()
        return flag("validation-share", validationShare, unless: usual.validationShare)
            + flag("seed", seed, unless: usual.seed)
    }
}

extension TrainingRequest {
    fileprivate var words: [String] {
        let base = preset.flatMap(Preset.init(rawValue:)) ?? .shakespeareCharacters
        var words = ["--preset", base.rawValue]
        for (setting, usual) in zip(recipe.settings, base.recipe.settings)
        where setting.value != usual.value {
            switch setting.value {
            case "true": words.append("--\(setting.name)")
            case "false": words.append("--no-\(setting.name)")
            default: words += ["--\(setting.name)", setting.value]
            }
        }
        words += flag("name", name, unless: base.rawValue)
        if resumes { words.append("--resume") }
        if allowsChanges { words.append("--allow-changes") }
        return words
    }
}
