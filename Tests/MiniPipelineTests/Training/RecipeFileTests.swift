import Foundation
import MiniGPT
import Testing

@testable import MiniPipeline

@Suite struct RecipeFileTests {
    @Test func `YAML and JSON say the same`() throws {
        let yaml = """
            # how long
            preset: course
            iterations: 5_000
            learning-rate: 6e-4
            recompute-blocks: true
            prompt: "5"
            name: long
            """
        let json = """
            {\t"preset": "course", "iterations": 5000, "learning-rate": 0.0006,
            \t"recompute-blocks": true, "prompt": "5", "name": "long"}
            """
        for text in [yaml, json] {
            let file = try RecipeFile(text, name: "settings")
            #expect(file.preset == .course && file.name == "long")
            var recipe = Preset.course.recipe
            file.apply(to: &recipe)
            var expected = Preset.course.recipe
            (expected.iterations, expected.learningRate) = (5_000, 6e-4)
            (expected.recomputeBlocks, expected.prompt) = (true, "5")
            #expect(recipe == expected)
        }
    }

    @Test(arguments: ["", "# nothing\n", "{}", "null"])
    func `A file without settings changes nothing`(_ text: String) throws {
        var recipe = Recipe()
        try RecipeFile(text, name: "x").apply(to: &recipe)
        #expect(recipe == Recipe())
    }

    static let mistakes: [(text: String, words: [String])] = [
        ("a: 1\nlayres: 4\n", ["x.yaml, line 1: 'a' is not a setting", "learning-rate"]),
        ("width: 64\nlayres: 4\n", ["x.yaml, line 2: 'layres'", "did you mean 'layers'?"]),
        ("learning_rate: 1", ["line 1", "did you mean 'learning-rate'?"]),
        ("\n\nlayers: many", ["line 3: 'layers' must be a whole number, but is 'many'"]),
        ("layers: 2.5", ["'layers' must be a whole number, but is '2.5'"]),
        ("{\"layers\": \"4\"}", ["'layers' must be a whole number, but is the text '4'"]),
        ("dropout: yes", ["'dropout' must be a number, but is 'yes'"]),
        ("seed: -1", ["'seed' must be a whole number"]),
        ("recompute-blocks: 1", ["must be true or false"]),
        ("layers: [1, 2]", ["'layers' must be one value"]),
        ("layers: 99999999999999999999", ["'layers' must be a whole number"]),
        ("preset: corse", ["line 1: There is no preset 'corse'; did you mean 'course'?"]),
        ("- layers\n- heads", ["must hold names and values"]),
        ("layers: 1\nlayers: 2", ["x.yaml", "layers"]),
        ("layers: 'a", ["x.yaml is neither YAML nor JSON"]),
        ("layers:\n\theads: 2", ["x.yaml is neither YAML nor JSON"]),
    ]

    @Test(arguments: mistakes.indices)
    func `What cannot be used is named with its line`(_ index: Int) throws {
        let (text, words) = Self.mistakes[index]
        let error = #expect(throws: PipelineError.self) {
            try RecipeFile(text, name: "x.yaml")
        }
        for word in words {
            #expect(error?.description.contains(word) ?? false, "\(word) in \(error as Any)")
        }
        #expect(!(error?.description.contains("\n") ?? true))
    }

    @Test func `A missing file and one that is no text are refused`() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        #expect(throws: PipelineError.self) { try RecipeFile(url) }
        try Data([0xFF, 0xFE, 0x00]).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let error = #expect(throws: PipelineError.self) { try RecipeFile(url) }
        #expect(error?.description.contains("UTF-8") ?? false)
    }

    @Test(arguments: Preset.allCases)
    func `Every preset can be used`(_ preset: Preset) throws {
        try preset.recipe.check()
        try preset.recipe.configuration(vocabularySize: preset.vocabularySize).validate()
        #expect(try Preset(named: preset.rawValue) == preset)
    }

    @Test func `The presets are what their names say`() {
        for (preset, configuration) in [(Preset.course, GPT.Configuration.course), (.gpt2, .gpt2)] {
            var recipe = preset.recipe
            recipe.dropout = 0
            #expect(recipe.configuration(vocabularySize: preset.vocabularySize) == configuration)
        }
        #expect(Preset.course.recipe.batch == 32)
        #expect(Preset.shakespeareCharacters.recipe == Recipe())
    }

    @Test func `Every setting has a key that sets it and nothing else`() throws {
        let names = RecipeKey.all.map(\.name)
        #expect(Set(names).count == names.count)
        for key in RecipeKey.all {
            var recipe = Recipe()
            let value =
                switch key.place {
                case .flag: "true"
                case .text: "word"
                default: "77"
                }
            #expect(key.set(value, isQuoted: false, in: &recipe))
            let changed = zip(recipe.settings, Recipe().settings).filter {
                $0.0.value != $0.1.value
            }
            #expect(changed.map(\.0.name) == [key.name])
        }
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(Recipe()))
        #expect((object as? [String: Any])?.count == names.count)
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("layers", "layres", 1), ("kitten", "sitting", 3),
        ("ab", "ba", 1),
    ])
    func `The distance of words is the number of changes`(_ a: String, _ b: String, _ count: Int) {
        #expect(EditDistance.between(a, b) == count)
        #expect(EditDistance.between(b, a) == count)
    }
}
