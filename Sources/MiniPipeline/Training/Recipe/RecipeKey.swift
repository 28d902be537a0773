/// A setting of a recipe by the name it has in files; the flag has the same with two dashes.
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

    let name: String
    let place: Place

    /// All of them, in the order people think of them.
    static let all: [RecipeKey] = [
        RecipeKey(name: "layers", place: .integer(\.layers)),
        RecipeKey(name: "heads", place: .integer(\.heads)),
        RecipeKey(name: "width", place: .integer(\.width)),
        RecipeKey(name: "context", place: .integer(\.context)),
        RecipeKey(name: "dropout", place: .float(\.dropout)),
        RecipeKey(name: "iterations", place: .integer(\.iterations)),
        RecipeKey(name: "batch", place: .integer(\.batch)),
        RecipeKey(name: "gradient-accumulation", place: .integer(\.gradientAccumulation)),
        RecipeKey(name: "recompute-blocks", place: .flag(\.recomputeBlocks)),
        RecipeKey(name: "learning-rate", place: .float(\.learningRate)),
        RecipeKey(name: "minimum-learning-rate", place: .float(\.minimumLearningRate)),
        RecipeKey(name: "warmup", place: .integer(\.warmup)),
        RecipeKey(name: "weight-decay", place: .float(\.weightDecay)),
        RecipeKey(name: "beta1", place: .float(\.beta1)),
        RecipeKey(name: "beta2", place: .float(\.beta2)),
        RecipeKey(name: "clip", place: .float(\.clip)),
        RecipeKey(name: "validation-interval", place: .integer(\.validationInterval)),
        RecipeKey(name: "validation-batches", place: .integer(\.validationBatches)),
        RecipeKey(name: "sample-every", place: .integer(\.sampleEvery)),
        RecipeKey(name: "sample-tokens", place: .integer(\.sampleTokens)),
        RecipeKey(name: "prompt", place: .text(\.prompt)),
        RecipeKey(name: "temperature", place: .float(\.temperature)),
        RecipeKey(name: "save-every", place: .integer(\.saveEvery)),
        RecipeKey(name: "save-seconds", place: .double(\.saveSeconds)),
        RecipeKey(name: "keep", place: .integer(\.keep)),
        RecipeKey(name: "seed", place: .seed(\.seed)),
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
    /// Names and values of all settings, as files and flags have them.
    public var settings: [(name: String, value: String)] {
        RecipeKey.all.map { ($0.name, $0.value(in: self)) }
    }
}
