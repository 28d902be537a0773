/// Which strings may be pieces: the reference's `IsValidSentencePiece`.
struct PieceRules {
    static let spaceMark: UInt32 = 0x2581
    /// Stands for characters that are too rare for the alphabet.
    static let unknown: UInt32 = 0x2585
    /// Stands for control and user-defined symbols in the text.
    static let boundary: UInt32 = 0x1F

    var longestPiece = 16
    var splitsByScript = true
    var splitsNumbersFromText = true
    var splitsDigits = false
    var splitsByWhitespace = true
    var whitespaceIsSuffix = false
    var allowsWhitespaceOnly = false

    private static let anyScript = UInt32.max

    func allows(_ piece: some RandomAccessCollection<UInt32>) -> Bool {
        guard !piece.isEmpty, piece.count <= longestPiece else { return false }
        let isWhitespaceOnly =
            allowsWhitespaceOnly && piece.allSatisfy { $0 == Self.spaceMark }
        var previous = Self.anyScript
        for (position, scalar) in piece.enumerated() {
            if [Self.unknown, 0, Self.boundary, 0x20].contains(scalar) { return false }
            if scalar == Self.spaceMark {
                if !isWhitespaceOnly, !allowsSpaceMark(at: position, of: piece.count) {
                    return false
                }
                continue
            }
            var script = Self.script(of: scalar)
            if script == ScriptRanges.inherited { script = previous }
            let isDigit = Self.isDigit(scalar)
            if !splitsNumbersFromText, isDigit { script = Self.anyScript }
            if splitsDigits, isDigit, piece.count > 1 { return false }
            if splitsByScript, script != Self.anyScript, previous != Self.anyScript,
                script != previous
            {
                return false
            }
            previous = script
        }
        return true
    }

    /// A space mark begins a piece, or ends it when white space goes with what precedes it.
    /// Without splitting at white space it may also stand inside.
    private func allowsSpaceMark(at position: Int, of count: Int) -> Bool {
        let isFirst = position == 0
        let isLast = position == count - 1
        if whitespaceIsSuffix { return isLast || !splitsByWhitespace && !isFirst }
        return isFirst || !splitsByWhitespace && !isLast
    }

    private static func isDigit(_ scalar: UInt32) -> Bool {
        (0x30...0x39).contains(scalar) || (0xFF10...0xFF19).contains(scalar)
    }

    /// The script of a character; the Japanese syllabaries count as Han.
    private static func script(of scalar: UInt32) -> UInt32 {
        // U+30FC lengthens a vowel in both syllabaries.
        if scalar == 0x30FC { return ScriptRanges.han }
        let table = ScriptRanges.table
        var low = 0
        var high = table.count / 3
        while low < high {
            let middle = (low + high) / 2
            if table[middle * 3 + 1] < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < table.count / 3, table[low * 3] <= scalar else { return ScriptRanges.common }
        let script = table[low * 3 + 2]
        let isSyllabary = script == ScriptRanges.hiragana || script == ScriptRanges.katakana
        return isSyllabary ? ScriptRanges.han : script
    }
}
