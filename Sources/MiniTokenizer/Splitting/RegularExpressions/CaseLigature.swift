/// Characters that are several letters when case is ignored: `ß` is `ss`, `ﬁ` is `fi` (Unicode's full
/// case folding, as far as its Latin part goes).
struct CaseLigature: Sendable {
    /// The letters, in lower case.
    let letters: [UInt32]
    /// The characters that are these letters.
    let characters: [UInt32]

    static let all: [CaseLigature] = [
        CaseLigature("ss", [0xDF, 0x1E9E]), CaseLigature("ff", [0xFB00]),
        CaseLigature("fi", [0xFB01]), CaseLigature("fl", [0xFB02]),
        CaseLigature("ffi", [0xFB03]), CaseLigature("ffl", [0xFB04]),
        CaseLigature("st", [0xFB05, 0xFB06]),
    ]

    private init(_ letters: String, _ characters: [UInt32]) {
        self.letters = letters.unicodeScalars.map(\.value)
        self.characters = characters
    }

    /// The letters of such a character, or `nil` if it is none.
    static func decomposed(_ scalar: UInt32) -> [UInt32]? {
        all.first { $0.characters.contains(scalar) }?.letters
    }
}
