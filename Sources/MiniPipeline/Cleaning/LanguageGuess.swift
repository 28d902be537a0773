import MiniSupport

/// Which of nine languages a text is in, by its most frequent words.
///
/// Words such as "the" and "und" make up a third to a half of any running text in their languages, so a
/// few dozen for each tell them apart in a few sentences (Grefenstette 1995, "Comparing two language
/// identification schemes"). It knows no other languages: a text in one of those, like a text of a few
/// words, is `nil`. What is not written in Latin letters is never one of them.
enum LanguageGuess {
    /// What it can tell.
    static let languages = ["de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv"]

    /// Words that are frequent in one language and rare or unknown in the others. A word may stand in
    /// two lists: then it counts for both.
    private static let words: [String: String] = [
        "de":
            "der die das und ist nicht ein eine einer eines dem den von zu mit auf für im sich auch es an als bei nach wie aus wird wurde sind oder hat er sie ich war noch nur durch werden über aber bis zum zur",
        "en":
            "the of and to in is that it was for on are as with his they be at this have from or had by not but what were we when your can said there an which she their if will he you my thou thy her him all so who",
        "es":
            "el la los las de y que en un una es no por con para su se del al lo como más pero sus le ya o este fue sí porque esta entre cuando muy sin sobre también me hasta hay donde era son desde ha",
        "fr":
            "le la les de des et est un une dans que qui pour pas sur au avec il elle ce cette par plus ne se sont du en son sa ses mais ou comme nous vous je été aux leur être fait tout cet même ont était",
        "it":
            "il lo la gli le di e che è un una per non con del della dei delle nel nella si da al alla come anche più sono ma ha o suo sua dal dalla questo questa tra cui fu era essere ed loro stato",
        "nl":
            "de het een en van is dat op te in die niet voor zijn met als aan er maar om hem dan zou of wat mijn men dit zo door over ze uit heeft hebben deze naar bij ook worden werd wordt nog geen was",
        "pl":
            "i w na z się nie do to jest że o jak po przez od za co dla ale był były była tym oraz jego jej są tego przy już tak może które który która gdy lub został także roku",
        "pt":
            "o a os as de e que em um uma do da dos das no na nos nas por com para não é se mais como mas foi ao ele ela seu sua ou ser quando muito há já está também só pelo pela até isso entre era são",
        "sv":
            "och att det som en på är av för med till den har de inte om ett han men var jag från vi så kan när år under också där eller efter vid ut då sin hade detta mot över skulle blev",
    ]

    /// Which languages a word counts for, as bits, by its hash.
    private static let table: [UInt64: UInt16] = {
        var table: [UInt64: UInt16] = [:]
        for (index, language) in languages.enumerated() {
            for word in (words[language] ?? "").split(separator: " ") {
                table[FNV1a.hash(word.utf8), default: 0] |= 1 << UInt16(index)
            }
        }
        return table
    }()

    /// Fewer words say nothing.
    private static let fewestWords = 10
    /// So many bytes are read; the rest of a text is not in another language.
    private static let sample = 1 << 16

    /// The language, or `nil` if it is none of those or cannot be told.
    static func language(of text: [UInt8]) -> String? {
        var hits = [Int](repeating: 0, count: languages.count)
        var words = 0
        var hash = FNV1a()
        var isInWord = false
        for byte in text.prefix(sample) {
            let small = byte | 0x20
            if byte >= 0x80 || (97...122).contains(small) {
                // Capital letters of ASCII become small; those beyond it begin few of the words.
                hash.add(byte >= 0x80 ? byte : small)
                isInWord = true
            } else if isInWord {
                count(hash.value, &hits)
                (hash, isInWord) = (FNV1a(), false)
                words += 1
            }
        }
        if isInWord {
            count(hash.value, &hits)
            words += 1
        }
        guard words >= fewestWords, let most = hits.max(), let index = hits.firstIndex(of: most)
        else { return nil }
        let second = hits.enumerated().filter { $0.offset != index }.map(\.element).max() ?? 0
        // Running text reaches a third; a tenth is a list of names, or a language that is no other.
        guard most * 8 >= words, most * 10 >= second * 11 else { return nil }
        return languages[index]
    }

    private static func count(_ hash: UInt64, _ hits: inout [Int]) {
        guard let bits = table[hash] else { return }
        for index in hits.indices where bits & (1 << UInt16(index)) != 0 { hits[index] += 1 }
    }
}
