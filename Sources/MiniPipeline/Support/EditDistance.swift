/// How many letters two words differ by.
package enum EditDistance {
    /// The least number of letters to add, drop, change or swap with a neighbour that makes one word
    /// of the other (Damerau 1964, Levenshtein 1966).
    package static func between(_ first: String, _ second: String) -> Int {
        let (a, b) = (Array(first), Array(second))
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    best = min(best, before[j - 1] + 1)
                }
                row.append(best)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }

    /// The nearest of some words, unless it takes more than half of its letters to get there.
    package static func closest(to word: String, among words: [String]) -> String? {
        let word = String(word.prefix(100)).lowercased()
        let nearest = words.map { (word: $0, distance: between(word, $0)) }
            .min { $0.distance < $1.distance }
        return nearest.flatMap { $0.distance * 2 <= $0.word.count ? $0.word : nil }
    }
}
