/// A setting of a recipe, with where its value is.
struct RecipeKey: Sendable {
    /// Where its value goes, and so what kind of value it is.
    enum Place: Sendable {
        case integer(any WritableKeyPath<Recipe, Int> & Sendable)
        case seed(any WritableKeyPath<Recipe, UInt64> & Sendable)
        case float(any WritableKeyPath<Recipe, Float> & Sendable)
        case double(any WritableKeyPath<Recipe, Double> & Sendable)
        case flag(any WritableKeyPath<Recipe, Bool> & Sendable)
        case text(any WritableKeyPath<Recipe, String> & Sendable)
    }

    let setting: Setting
    let place: Place

    /// The name in files.
    var name: String { setting.rawValue }

    /// All of them, in the order people think of them.
    static let all: [RecipeKey] = [
        RecipeKey(setting: .layers, place: .integer(\.layers)),
        RecipeKey(setting: .heads, place: .integer(\.heads)),
        RecipeKey(setting: .width, place: .integer(\.width)),
        RecipeKey(setting: .context, place: .integer(\.context)),
        RecipeKey(setting: .dropout, place: .float(\.dropout)),
        RecipeKey(setting: .iterations, place: .integer(\.iterations)),
        RecipeKey(setting: .batch, place: .integer(\.batch)),
        RecipeKey(setting: .gradientAccumulation, place: .integer(\.gradientAccumulation)),
        RecipeKey(setting: .recomputeBlocks, place: .flag(\.recomputeBlocks)),
        RecipeKey(setting: .learningRate, place: .float(\.learningRate)),
        RecipeKey(setting: .minimumLearningRate, place: .float(\.minimumLearningRate)),
        RecipeKey(setting: .warmup, place: .integer(\.warmup)),
        RecipeKey(setting: .weightDecay, place: .float(\.weightDecay)),
        RecipeKey(setting: .beta1, place: .float(\.beta1)),
        RecipeKey(setting: .beta2, place: .float(\.beta2)),
        RecipeKey(setting: .clip, place: .float(\.clip)),
        RecipeKey(setting: .validationInterval, place: .integer(\.validationInterval)),
        RecipeKey(setting: .validationBatches, place: .integer(\.validationBatches)),
        RecipeKey(setting: .sampleEvery, place: .integer(\.sampleEvery)),
        RecipeKey(setting: .sampleTokens, place: .integer(\.sampleTokens)),
        RecipeKey(setting: .prompt, place: .text(\.prompt)),
        RecipeKey(setting: .temperature, place: .float(\.temperature)),
        RecipeKey(setting: .saveEvery, place: .integer(\.saveEvery)),
        RecipeKey(setting: .saveSeconds, place: .double(\.saveSeconds)),
        RecipeKey(setting: .keep, place: .integer(\.keep)),
        RecipeKey(setting: .seed, place: .seed(\.seed)),
    ]

    /// The words for the kind of value.
    var kind: String {
        switch place {
        case .integer, .seed: "a whole number"
        case .float, .double: "a number"
        case .flag: "true or false"
        case .text: "a text"
        }
    }

    /// Puts a value in its place.
    ///
    /// - Parameter isQuoted: whether it is a text by its quotation marks.
    /// - Returns: whether it is of the right kind.
    func set(_ value: String, isQuoted: Bool, in recipe: inout Recipe) -> Bool {
        if case .text(let path) = place {
            recipe[keyPath: path] = value
            return true
        }
        guard !isQuoted else { return false }
        func put<Value>(_ path: WritableKeyPath<Recipe, Value>, _ value: Value?) -> Bool {
            guard let value else { return false }
            recipe[keyPath: path] = value
            return true
        }
        let digits = value.replacing("_", with: "")
        return switch place {
        case .integer(let path): put(path, Int(digits))
        case .seed(let path): put(path, UInt64(digits))
        case .float(let path): put(path, Float(digits))
        case .double(let path): put(path, Double(digits))
        case .flag(let path): put(path, Bool(value))
        case .text: true
        }
    }

    /// The value in a recipe, for people.
    func value(in recipe: Recipe) -> String {
        switch place {
        case .integer(let path): "\(recipe[keyPath: path])"
        case .seed(let path): "\(recipe[keyPath: path])"
        case .float(let path): "\(recipe[keyPath: path])"
        case .double(let path): "\(recipe[keyPath: path])"
        case .flag(let path): "\(recipe[keyPath: path])"
        case .text(let path): recipe[keyPath: path]
        }
    }
}

extension Recipe {
    /// Names and values of all settings, as files of settings have them.
    public var settings: [(name: String, value: String)] {
        RecipeKey.all.map { ($0.name, $0.value(in: self)) }
    }
}
