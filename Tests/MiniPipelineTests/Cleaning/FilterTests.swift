import Foundation
import MiniGPT
import MiniPipeline
import Testing

@testable import MiniPipeline

@Suite("Filters and copies")
struct FilterTests {
    @Test(
        "Languages are told by their frequent words",
        arguments: [
            ("en", "It was the best of times, it was the worst of times, it was the age of wisdom"),
            (
                "fr",
                "Longtemps, je me suis couché de bonne heure. Parfois, à peine ma bougie éteinte, mes yeux se fermaient si vite que je n'avais pas le temps"
            ),
            (
                "de",
                "Als Gregor Samsa eines Morgens aus unruhigen Träumen erwachte, fand er sich in seinem Bett zu einem ungeheueren Ungeziefer verwandelt"
            ),
            (
                "es",
                "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que vivía un hidalgo de los de lanza en astillero"
            ),
            (
                "it",
                "Nel mezzo del cammin di nostra vita mi ritrovai per una selva oscura, che la diritta via era smarrita, e non è più come era"
            ),
            (
                "nl",
                "Het was een koude dag in de winter en de kinderen liepen met hun vader over het ijs naar de stad, want ze hadden niet veel tijd"
            ),
            (
                "pt",
                "No meio do caminho havia uma pedra, e não se esqueceu mais do que era o seu nome para os que vieram com ele até ao fim do dia"
            ),
            (
                "sv",
                "Det var en gång en liten flicka som bodde med sin mor i ett hus vid skogen och hon hade inte sett havet men ville gärna åka till det"
            ),
            (
                "pl",
                "W nocy nie było nic widać, ale on wiedział, że to jest jego dom i że tak już będzie do końca, bo tego nie można było zmienić"
            ),
        ])
    func languages(_ code: String, _ text: String) {
        #expect(LanguageGuess.language(of: Array(text.utf8)) == code)
        #expect(LanguageGuess.language(of: Array(text.uppercased().lowercased().utf8)) == code)
    }

    @Test(
        "Too few words, lists and other languages are not guessed at",
        arguments: [
            "The end", "Lorem ipsum dolor sit amet consectetur adipiscing elit sed eiusmod tempor",
            "1 2 3 4 5 6 7 8 9 10 11 12",
            "Это было лучшее изо всех времён, это было худшее изо всех времён, да",
            "",
        ])
    func unknown(_ text: String) {
        #expect(LanguageGuess.language(of: Array(text.utf8)) == nil)
    }

    private static let good = (1...12).map {
        "The \($0) mills of the valley were built by the same family in that year."
    }

    private func problem(_ text: String) -> String? {
        TextMeasure(Array(text.utf8)).problem(QualityBounds())?.reason
    }

    @Test("Each filter drops what it is there for")
    func filters() {
        let good = Self.good.joined(separator: "\n")
        #expect(problem(good) == nil)
        #expect(problem("Only a few words.") == "tooShort")
        #expect(problem(String(repeating: "ab c ", count: 60)) == "wordLength")
        #expect(problem(String(repeating: "incomprehensibilities ", count: 60)) == "wordLength")
        #expect(problem(String(repeating: "#tag word more ", count: 60)) == "symbols")
        #expect(problem(String(repeating: "1234 5678 word ", count: 60)) == "fewLetters")
        #expect(problem(Self.good.map { "- " + $0 }.joined(separator: "\n")) == "bullets")
        #expect(problem(Self.good.map { $0 + ".." }.joined(separator: "\n")) == "ellipses")
        #expect(problem(good + "\n" + good) == "repeatedLines")
        let chinese = String(repeating: "水磨坊是一种用水力推动的磨坊它们建在河边", count: 5)
        #expect(problem(chinese) == nil)
    }

    @Test("The measure counts words, letters and lines as a reader does")
    func measure() {
        let measure = TextMeasure(Array("Zwölf Boxkämpfer # 12\n\n • été…\nété…\n • été…".utf8))
        #expect(measure.words == 9 && measure.lettered == 7)
        #expect(measure.lines == 4 && measure.bulletLines == 2 && measure.ellipsisLines == 3)
        #expect(measure.symbols == 4 && measure.repeatedLines == 1)
    }

    // MARK: Copies

    private func words(_ range: Range<Int>) -> String {
        range.map { "word\($0 * 7919 % 10_007)" }.joined(separator: " ")
    }

    private func sketch(_ text: String) throws -> [UInt32] {
        try #require(Fingerprint(Array(text.utf8)).sketch)
    }

    @Test(
        "The sketches of two texts tell how many runs of words they share",
        arguments: [0, 50, 200, 500, 1000])
    func resemblance(_ shift: Int) throws {
        // Runs 0..<996 and shift..<shift + 996.
        let exact = Double(max(0, 996 - shift)) / Double(996 + min(996, shift))
        let estimate = try Fingerprint.resemblance(
            sketch(words(0..<1000)), sketch(words(shift..<shift + 1000)))
        #expect(abs(estimate - exact) < 0.09)
    }

    @Test("A short text has a full sketch, one of four words none")
    func short() throws {
        let text = try sketch("one two three four five six")
        #expect(!text.contains(.max))
        #expect(try Fingerprint.resemblance(text, sketch("ONE, two; three four five: six!")) == 1)
        #expect(Fingerprint(Array("one two three four".utf8)).sketch == nil)
    }

    @Test("Of copies and near copies the first stays")
    func finder() {
        var finder = DuplicateFinder(threshold: 0.8, findsSame: true)
        func look(_ text: String, _ number: Int) -> DuplicateFinder.Match? {
            finder.look(for: Fingerprint(Array(text.utf8)), number: number)
        }
        #expect(look(words(0..<400), 0) == nil)
        #expect(look(words(5000..<5400), 1) == nil)
        #expect(look(words(0..<400), 2) == .same(as: 0))
        guard case .near(1, let resemblance)? = look(words(5004..<5404), 2) else {
            Issue.record("a near copy was not found")
            return
        }
        #expect(resemblance > 0.9)
        #expect(look(words(5200..<5600), 2) == nil)
        #expect(look("hi", 3) == nil)
        #expect(look("hi", 4) == .same(as: 3))
    }

    @Test(
        "Bands leave pairs at the threshold a chance of 99 %",
        arguments: [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0])
    func bands(_ threshold: Double) {
        let rows = DuplicateFinder.rows(for: threshold)
        let chance = 1 - pow(1 - pow(threshold, Double(rows)), Double(Fingerprint.bins / rows))
        #expect(chance >= 0.99)
    }
}
