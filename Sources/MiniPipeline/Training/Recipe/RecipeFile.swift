import Foundation
import Yams

/// A file of settings for a training, in YAML or JSON: names, as `Setting` has them, and values.
///
///     preset: course
///     iterations: 5_000
///     learning-rate: 6e-4
///     prompt: "ROMEO:"
public struct RecipeFile: Sendable {
    /// The preset it starts from, if it names one.
    public private(set) var preset: Preset?
    /// The name of the run, if it has one.
    public private(set) var name: String?
    private var values: [(key: RecipeKey, value: String, isQuoted: Bool)] = []

    /// Reads a file of settings.
    ///
    /// - Throws: `PipelineError` with the line and the name of what is wrong.
    public init(_ url: URL) throws(PipelineError) {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw PipelineError(
                "The settings \(url.path) cannot be read: \(error.localizedDescription)")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw PipelineError("The settings \(url.path) are not UTF-8 text.")
        }
        try self.init(text, name: url.lastPathComponent)
    }

    /// Reads settings from a text; YAML knows JSON as well.
    ///
    /// - Parameter file: what to call it in errors.
    public init(_ text: String, name file: String) throws(PipelineError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            let reason = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            throw PipelineError("\(file) is neither YAML nor JSON: \(reason)")
        }
        // An empty file is a file without settings.
        guard let root, root.null == nil else { return }
        guard let mapping = root.mapping else {
            throw PipelineError(
                "\(file) must hold names and values (`iterations: 2000`), one on each line.")
        }
        for (key, value) in mapping { try read(key, value, file) }
    }

    private mutating func read(_ key: Node, _ value: Node, _ file: String) throws(PipelineError) {
        let place = key.mark.map { "\(file), line \($0.line)" } ?? file
        let name = key.scalar?.string ?? "?"
        guard let scalar = value.scalar else {
            throw PipelineError("\(place): '\(name)' must be one value, not a list or a group.")
        }
        let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
        if name == "name" {
            self.name = scalar.string
        } else if name == "preset" {
            do {
                preset = try Preset(named: scalar.string)
            } catch {
                throw PipelineError("\(place): \(error)")
            }
        } else if let key = RecipeKey.all.first(where: { $0.name == name }) {
            var trial = Recipe()
            guard key.set(scalar.string, isQuoted: isQuoted, in: &trial) else {
                let shown = isQuoted ? "the text '\(scalar.string)'" : "'\(scalar.string)'"
                throw PipelineError("\(place): '\(name)' must be \(key.kind), but is \(shown).")
            }
            values.append((key, scalar.string, isQuoted))
        } else {
            let names = ["name", "preset"] + RecipeKey.all.map(\.name)
            let guess =
                EditDistance.closest(to: name, among: names)
                .map { "did you mean '\($0)'?" } ?? "there are \(names.joined(separator: ", "))."
            throw PipelineError("\(place): '\(name)' is not a setting; \(guess)")
        }
    }

    /// Puts its values over those of a recipe.
    public func apply(to recipe: inout Recipe) {
        for (key, value, isQuoted) in values {
            _ = key.set(value, isQuoted: isQuoted, in: &recipe)
        }
    }
}
