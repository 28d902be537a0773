extension String {
    /// The word as a shell takes it: in quotation marks if it has other than plain characters.
    var shellWord: String {
        let isPlain =
            !isEmpty
            && unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                    || "-_./:,=+%@".unicodeScalars.contains($0)
            }
        return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
    }

    /// A member's name as words: `validation loss` for `validationLoss`.
    var separatedWords: String {
        map { $0.isUppercase ? " " + $0.lowercased() : String($0) }.joined()
    }
}
